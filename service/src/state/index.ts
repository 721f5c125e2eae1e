/** The controller's state: one class a table over one database. */
import { BootProfilesTable } from "./boot-profiles-table";
import { CatalogueTable } from "./catalogue-table";
import { ClustersTable } from "./clusters-table";
import type { Database } from "./database";
import { EventsTable } from "./events-table";
import { ImageVersionsTable } from "./image-versions-table";
import { NodesTable } from "./nodes-table";
import { PlacementsTable } from "./placements-table";
import { PlansTable } from "./plans-table";
import { PullsTable } from "./pulls-table";
import { RetiredDisksTable } from "./retired-disks-table";
import { VersionsTable } from "./versions-table";
import { VmsTable } from "./vms-table";
import { VolumesTable } from "./volumes-table";

export class State {
  readonly catalogue: CatalogueTable;
  readonly nodes: NodesTable;
  readonly versions: VersionsTable;
  readonly imageVersions: ImageVersionsTable;
  readonly bootProfiles: BootProfilesTable;
  readonly clusters: ClustersTable;
  readonly placements: PlacementsTable;
  readonly plans: PlansTable;
  readonly pulls: PullsTable;
  readonly retiredDisks: RetiredDisksTable;
  readonly volumes: VolumesTable;
  readonly vms: VmsTable;
  readonly events: EventsTable;

  constructor(private readonly database: Database) {
    this.catalogue = new CatalogueTable(database);
    this.nodes = new NodesTable(database);
    this.versions = new VersionsTable(database);
    this.imageVersions = new ImageVersionsTable(database);
    this.bootProfiles = new BootProfilesTable(database);
    this.clusters = new ClustersTable(database);
    this.placements = new PlacementsTable(database);
    this.plans = new PlansTable(database);
    this.pulls = new PullsTable(database);
    this.retiredDisks = new RetiredDisksTable(database);
    this.volumes = new VolumesTable(database);
    this.vms = new VmsTable(database);
    this.events = new EventsTable(database);
  }

  /** See {@link Database.transaction}. */
  transaction<T>(work: () => T): T {
    return this.database.transaction(work);
  }
}

export { Database } from "./database";
