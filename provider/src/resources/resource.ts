/** What a resource is to the provider: its schema and five operations on typed values. No wire types. */
import type { Cluster, ControllerClient, Node } from "@dvce/api";
import type { AttributePath, Diagnostic } from "../diagnostics/diagnostic";
import type { Log } from "../log/log";
import type { PlannedVersions } from "../run/planned-versions";
import type { Attributes, Schema } from "../schema/attribute";
import type { Partly, State } from "../schema/infer";
import type { TimeLimits } from "../schema/time-limits";

/** Kept beside the state, invisible to the user: only what saves work, never what correctness needs. */
export type Private = Readonly<Record<string, string>>;

/** What an operation may use. One for each call. */
export interface Context {
  /** Throws a diagnostic when the provider is not configured, or not yet. */
  client(): ControllerClient;
  /** The pool's nodes; asked once for many resources of one refresh. */
  nodes(): Promise<readonly Node[]>;
  /** A committed cluster, as of moments ago at most, so that its many volumes cost one question. */
  cluster(name: string): Promise<Cluster>;
  /** To be called after changing one. */
  clusterChanged(name: string): void;
  /** Aborted when Terraform asks the provider to stop, and when the operation's time is up. */
  readonly signal: AbortSignal;
  readonly log: Log;
  /** Adds a warning to the answer. */
  warn(warning: Omit<Diagnostic, "severity">): void;
  /** Folder for downloads and remembered indexes; undefined for the image library's own choice. */
  readonly cacheDirectory: string | undefined;
  /** What this run of Terraform has planned for images. */
  readonly plannedVersions: PlannedVersions;
}

export interface PlanInput<A extends Attributes> {
  /** Null when the object is to be created. */
  readonly prior: State<A> | null;
  /**
   * The configuration merged with the prior state: computed attributes keep their prior value, or are unknown
   * when the object is to be created.
   */
  readonly proposed: Partly<A>;
  readonly private: Private;
}

export interface Planned<A extends Attributes> {
  readonly planned: Partly<A>;
  /** Kept as it was when absent. */
  readonly private?: Private;
}

export interface ApplyInput<A extends Attributes> {
  readonly prior: State<A> | null;
  /** As planned; only what was unknown at plan may come out otherwise. */
  readonly planned: Partly<A>;
  readonly private: Private;
}

export interface Stored<A extends Attributes> {
  readonly state: State<A>;
  /** Kept as it was when absent. */
  readonly private?: Private;
}

/** Thrown by apply when it failed and yet left something: Terraform must know of it to clean it up. */
export class PartialApplyError<A extends Attributes = Attributes> extends Error {
  readonly state: State<A>;

  constructor(state: State<A>, cause: unknown) {
    super("applied in part", { cause });
    this.name = "PartialApplyError";
    this.state = state;
  }
}

/** Errors are thrown: `DvceError`s, `DiagnosticError`s, or, from apply, `PartialApplyError`s. */
export interface Resource<A extends Attributes = Attributes> {
  readonly typeName: string;
  readonly schema: Schema<A>;
  /** How long each operation may take, unless the object's own attribute `timeouts` says otherwise. */
  readonly timeLimits: TimeLimits;
  /** The thing that a state or configuration names, for messages: `image "debian"`. */
  describe(value: Partly<A>): string;
  /** Where in the configuration an error lies, when that is the same whatever the error's details say. */
  locate?(error: unknown, value: Partly<A>): AttributePath | undefined;
  /** Maps a path of the controller's request to one of this schema. */
  translatePath?(path: readonly (string | number)[], value: Partly<A>): AttributePath | undefined;
  /** Checks beyond those of single attributes. */
  validate?(config: Partly<A>): readonly Diagnostic[];
  /** Attributes whose change replaces the object by the schema, but not in this case. */
  keeps?(input: PlanInput<A>): readonly string[];
  /** Fills in what can be known before apply. Never changes anything that the user would notice. */
  plan(input: PlanInput<A>, context: Context): Promise<Planned<A>>;
  /** Throws when the object must not be destroyed, or replaced because the attributes `replacedBy` change. */
  planDelete?(state: State<A>, replacedBy: readonly string[], context: Context): Promise<void>;
  /** Creates when there is no prior state, else updates. */
  apply(input: ApplyInput<A>, context: Context): Promise<Stored<A>>;
  /** Null when the object is gone. */
  read(state: State<A>, context: Context): Promise<State<A> | null>;
  /** Succeeds when the object is gone already. */
  delete(state: State<A>, context: Context): Promise<void>;
  import(id: string, context: Context): Promise<Stored<A>>;
}

export interface DataSource<A extends Attributes = Attributes> {
  readonly typeName: string;
  readonly schema: Schema<A>;
  /** For messages: "nodes". */
  readonly thing: string;
  read(config: State<A>, context: Context): Promise<State<A>>;
}
