export { startGateway, type Gateway, type GatewayOptions } from "./server";
export { defaultSettings, type GatewayLogger, type GatewaySettings } from "./settings";
export type { GatewayNode, GatewayRouting, OpenLibvirt } from "./routing";
