export * as cloudinitDisk from './cloudinit-disk/index';
export * as domain from './domain/index';
export * as network from './network/index';
export * as pool from './pool/index';
export * as volume from './volume/index';
export * as provider from './provider/index';
