import { handshakeLine, HandshakeError, readEnvironment } from "./handshake";

const good = {
  TF_PLUGIN_MAGIC_COOKIE: "d602bf8f470bc67ca7faa0386276bbdd4330efaf76d1a219cb4d6991ca9872b2",
  PLUGIN_PROTOCOL_VERSIONS: "5,6",
  PLUGIN_CLIENT_CERT: "PEM",
};

test("what Terraform sets is accepted", () => {
  expect(readEnvironment(good)).toEqual({ clientCertificatePem: "PEM", socketDirectory: undefined });
});

test.each([
  ["started by hand", { TF_PLUGIN_MAGIC_COOKIE: "" }, /not to be started by hand/],
  ["an old Terraform", { PLUGIN_PROTOCOL_VERSIONS: "4,5" }, /speaks 4, 5/],
  ["no client certificate", { PLUGIN_CLIENT_CERT: "" }, /mutual TLS/],
])("%s is refused", (_title, change, message) => {
  expect(() => readEnvironment({ ...good, ...change })).toThrow(message);
  expect(() => readEnvironment({ ...good, ...change })).toThrow(HandshakeError);
});

test("the line has six fields, the certificate without padding", () => {
  expect(handshakeLine("/tmp/s", Buffer.from([1]))).toBe("1|6|unix|/tmp/s|grpc|AQ\n");
});
