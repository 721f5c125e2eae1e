import type { BootProfile } from "@dvce/api";
import { z } from "zod";
import type { Database } from "./database";

const rowSchema = z.object({
  version: z.string(),
  node: z.string(),
  recordedAt: z.string(),
  seconds: z.number(),
  chunks: z.string(),
  chunkCount: z.number(),
  imageBytes: z.number(),
});

/** What each version's boot reads first. A profile goes with its version. */
export class BootProfilesTable {
  constructor(private readonly database: Database) {}

  get(version: string): BootProfile | undefined {
    return this.database.first(
      rowSchema,
      `SELECT version, node, recorded_at AS recordedAt, seconds, chunks, chunk_count AS chunkCount,
         image_bytes AS imageBytes
       FROM boot_profiles WHERE version = ?`,
      version,
    );
  }

  put(profile: BootProfile): void {
    this.database.run(
      `INSERT OR REPLACE INTO boot_profiles (version, node, recorded_at, seconds, chunks, chunk_count, image_bytes)
       VALUES (?, ?, ?, ?, ?, ?, ?)`,
      profile.version,
      profile.node,
      profile.recordedAt,
      profile.seconds,
      profile.chunks,
      profile.chunkCount,
      profile.imageBytes,
    );
  }
}
