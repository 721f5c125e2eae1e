import { z } from "zod";
import type { Database } from "./database";

/**
 * Which pool the database is of, and which versions it has known. Every change of the set of versions leaves a random mark,
 * in the same transaction (triggers of the schema do it): a database that does not know a mark which a node was once given
 * lacks changes that the node has seen, as one restored from an older copy does, however much was added to it since.
 */
export class CatalogueTable {
  /** Of the pool; made with the database. */
  readonly poolId: string;

  constructor(private readonly database: Database) {
    const row = database.first(z.object({ id: z.string() }), "SELECT id FROM pool");
    if (row === undefined) throw new Error("the database has no pool id, although its schema makes one");
    this.poolId = row.id;
  }

  /** Of the last change. */
  newestMark(): string {
    const sql = "SELECT mark FROM catalogue_marks ORDER BY number DESC LIMIT 1";
    return this.database.first(z.object({ mark: z.string() }), sql)?.mark ?? this.poolId;
  }

  /** Whether the change that left the mark is in this database. */
  knows(mark: string): boolean {
    if (mark === this.poolId) return true;
    const sql = "SELECT number FROM catalogue_marks WHERE mark = ?";
    return this.database.first(z.object({ number: z.number() }), sql, mark) !== undefined;
  }
}
