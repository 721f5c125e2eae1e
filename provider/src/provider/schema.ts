import { string, type Schema } from "../schema/attribute";

export const providerAttributes = {
  url: string("optional", {
    description: "Address of the pool's controller, e.g. http://127.0.0.1:7800. Default: DVCE_URL.",
  }),
  token: string("optional", {
    description: "Token for the controller, from `dvce token create`. Default: DVCE_TOKEN.",
    sensitive: true,
  }),
};

export const providerSchema = {
  version: 0,
  description: "Virtual clusters on a pool of libvirt hosts, placed where their images' bytes already lie.",
  attributes: providerAttributes,
} satisfies Schema;
