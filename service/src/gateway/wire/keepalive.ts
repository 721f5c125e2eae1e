/** libvirt's keepalive program (src/rpc/virkeepaliveprotocol.x): empty messages, PING answered by PONG. */
import { messageStatus, messageType, program, programVersion, type Frame } from "./frame";

export const keepaliveProcedure = { ping: 1, pong: 2 } as const;

export const keepaliveFrame = (procedure: number): Frame => ({
  program: program.keepalive,
  version: programVersion,
  procedure,
  type: messageType.message,
  serial: 0,
  status: messageStatus.ok,
  payload: Buffer.alloc(0),
});
