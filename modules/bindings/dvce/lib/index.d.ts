export * as cluster from './cluster/index';
export * as image from './image/index';
export * as volume from './volume/index';
export * as dataDvceImage from './data-dvce-image/index';
export * as dataDvceImageHistory from './data-dvce-image-history/index';
export * as dataDvceNodes from './data-dvce-nodes/index';
export * as provider from './provider/index';
