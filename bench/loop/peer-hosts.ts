/** What the benchmark tells its peer stack, which is a program of its own: the hosts, as JSON in PEER_HOSTS. Pure. */
import { z } from "zod";

const peerHostsSchema = z.array(z.object({ name: z.string(), uri: z.string(), address: z.string() })).min(1);

export type PeerHost = z.infer<typeof peerHostsSchema>[number];

export const parsePeerHosts = (text: string): PeerHost[] => peerHostsSchema.parse(JSON.parse(text));

export const peerDomain = "web";
/** Where each domain's serial console listens, on its host's address. */
export const peerConsolePort = 4555;
