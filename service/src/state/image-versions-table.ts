import { z } from "zod";
import type { Database } from "./database";

const rowSchema = z.object({
  image: z.string(),
  version: z.string(),
  createdMs: z.number(),
  /** Null until the version is committed to the image; the image's version is the one with the greatest. */
  committedOrder: z.number().nullable(),
});

/** One version under one image's name. */
export type ImageVersionRow = z.infer<typeof rowSchema>;

const columns = "image, version, created_ms AS createdMs, committed_order AS committedOrder";

export class ImageVersionsTable {
  constructor(private readonly database: Database) {}

  /** Every link, by image and then oldest commit first. */
  list(): ImageVersionRow[] {
    return this.database.all(
      rowSchema,
      `SELECT ${columns} FROM image_versions ORDER BY image, committed_order, created_ms, version`,
    );
  }

  ofImage(image: string): ImageVersionRow[] {
    return this.list().filter((row) => row.image === image);
  }

  /** The links of a version: the one committed last first, announced ones after. */
  ofVersion(version: string): ImageVersionRow[] {
    return this.database.all(
      rowSchema,
      `SELECT ${columns} FROM image_versions WHERE version = ?
       ORDER BY committed_order IS NULL, committed_order DESC, created_ms, image`,
      version,
    );
  }

  get(image: string, version: string): ImageVersionRow | undefined {
    return this.database.first(
      rowSchema,
      `SELECT ${columns} FROM image_versions WHERE image = ? AND version = ?`,
      image,
      version,
    );
  }

  /** Announces a version under a name; what is there already stays. */
  insert(image: string, version: string, nowMs: number): void {
    this.database.run(
      "INSERT INTO image_versions (image, version, created_ms) VALUES (?, ?, ?) ON CONFLICT DO NOTHING",
      image,
      version,
      nowMs,
    );
  }

  /** Makes the version the image's newest. */
  commit(image: string, version: string): void {
    this.database.run(
      `UPDATE image_versions
       SET committed_order = (SELECT coalesce(max(committed_order), 0) + 1 FROM image_versions)
       WHERE image = ? AND version = ?`,
      image,
      version,
    );
  }

  delete(image: string, version: string): void {
    this.database.run("DELETE FROM image_versions WHERE image = ? AND version = ?", image, version);
  }

  deleteImage(image: string): void {
    this.database.run("DELETE FROM image_versions WHERE image = ?", image);
  }
}
