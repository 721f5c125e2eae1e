import manifest from "../../package.json";

/** Version of DVCE, as `dvce --version` and the OpenAPI documents tell it. */
export const productVersion: string = manifest.version;
