/** What the agent itself asks of its node's libvirt; guests are the gateway's and Terraform's business. */
export interface Hypervisor {
  /** Names of the domains, running or not, that have one of the files as a disk. */
  domainsUsing(paths: readonly string[]): Promise<readonly string[]>;
  /** Names of the domains that are not shut off. */
  runningDomains(): Promise<readonly string[]>;
  /** Makes the storage pool over the volume directory, started and started with the host. */
  ensureStoragePool(directory: string): Promise<void>;
  /** Lets libvirt see what changed in the volume directory. */
  refreshStoragePool(): Promise<void>;
  /** Lets domains go on that were stopped by an I/O error of a disk; answers their names. */
  resumeAfterIoError(): Promise<readonly string[]>;
}
