/**
 * The controller's one SQL database: SQLite in WAL mode with `synchronous=FULL`.
 *
 * What a crash leaves: every transaction that was answered, and none by halves. WAL frames are synced at
 * each commit, so this holds for a power cut as for a killed process.
 *
 * All queries are synchronous and one process owns the file, so a piece of code between two `await`s sees one
 * state; {@link Database.transaction} adds atomicity on disk.
 */
import { DvceError } from "@dvce/api";
import { mkdirSync } from "node:fs";
import { dirname } from "node:path";
import type { DatabaseSync, SQLInputValue } from "node:sqlite";
import type { z } from "zod";
import { migrate } from "./migrations";

/** SQLITE_BUSY of https://sqlite.org/rescode.html: another process holds the file. */
const sqliteBusy = 5;

export class Database {
  readonly #sql: DatabaseSync;
  readonly #statements = new Map<string, ReturnType<DatabaseSync["prepare"]>>();
  #inTransaction = false;

  private constructor(sql: DatabaseSync) {
    this.#sql = sql;
  }

  /**
   * Opens or makes the database and brings its schema up to date. Holds it alone until closed; the lock goes
   * with the process, however that ends.
   *
   * @param path file, or `:memory:`
   * @throws DvceError `DVCE_STORE_LOCKED` when another process has it
   */
  static open(path: string): Database {
    if (path !== ":memory:") mkdirSync(dirname(path), { recursive: true, mode: 0o700 });
    // Loaded here and not above: node warns of an experimental module wherever it is loaded, and most commands
    // of the same program need none.
    const sql = new (process.getBuiltinModule("node:sqlite").DatabaseSync)(path);
    try {
      sql.exec("PRAGMA locking_mode = EXCLUSIVE; PRAGMA journal_mode = WAL;");
      sql.exec("PRAGMA synchronous = FULL; PRAGMA foreign_keys = ON;");
      migrate(sql);
    } catch (error) {
      sql.close();
      if ((error as { errcode?: number }).errcode !== sqliteBusy) throw error;
      throw new DvceError(
        "DVCE_STORE_LOCKED",
        `Another process has the database ${path} open. Stop the other controller, or give this one its own folder.`,
        { cause: error },
      );
    }
    return new Database(sql);
  }

  /** Runs a statement that answers no rows; returns how many rows it changed. */
  run(sql: string, ...values: SQLInputValue[]): number {
    return Number(this.#prepare(sql).run(...values).changes);
  }

  /** Rows of a query, each checked against `schema`. */
  all<S extends z.ZodType>(schema: S, sql: string, ...values: SQLInputValue[]): z.infer<S>[] {
    return this.#prepare(sql)
      .all(...values)
      .map((row) => schema.parse(row));
  }

  /** First row of a query, checked against `schema`. */
  first<S extends z.ZodType>(schema: S, sql: string, ...values: SQLInputValue[]): z.infer<S> | undefined {
    const row = this.#prepare(sql).get(...values);
    return row === undefined ? undefined : schema.parse(row);
  }

  /** Runs `work` atomically: all of its writes are kept, or none when it throws. Nested calls join in. */
  transaction<T>(work: () => T): T {
    if (this.#inTransaction) return work();
    this.#sql.exec("BEGIN IMMEDIATE");
    this.#inTransaction = true;
    try {
      const result = work();
      this.#sql.exec("COMMIT");
      return result;
    } catch (error) {
      this.#sql.exec("ROLLBACK");
      throw error;
    } finally {
      this.#inTransaction = false;
    }
  }

  close(): void {
    this.#statements.clear();
    this.#sql.close();
  }

  #prepare(sql: string): ReturnType<DatabaseSync["prepare"]> {
    const known = this.#statements.get(sql);
    if (known !== undefined) return known;
    const statement = this.#sql.prepare(sql);
    this.#statements.set(sql, statement);
    return statement;
  }
}
