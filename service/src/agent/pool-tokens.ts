/**
 * Tokens that the pool's users present to this node, looked up at the controller, which alone knows them. Only those who
 * may have the bytes of images are let in. Answers are kept for a short time: a token that was taken away works until then.
 */
import { ControllerClient, DvceError, isDvceError } from "@dvce/api";
import { hashToken, type Identity } from "../auth/bearer-token";
import { permissionsOf } from "../auth/permissions";

const keptMs = 30_000;
const keptMax = 1000;
const timeoutMs = 5_000;

export interface PoolTokensOptions {
  readonly controllerUrl: string;
  readonly nowMs: () => number;
}

interface Answer {
  readonly identity: Promise<Identity | undefined>;
  readonly untilMs: number;
}

export class PoolTokens {
  readonly #options: PoolTokensOptions;
  readonly #answers = new Map<string, Answer>();

  constructor(options: PoolTokensOptions) {
    this.#options = options;
  }

  /**
   * Whose token it is; undefined when the pool does not know it.
   *
   * @throws DvceError `DVCE_FORBIDDEN` for a role that may not have images; `DVCE_CONTROLLER_UNREACHABLE`
   */
  async verify(token: string): Promise<Identity | undefined> {
    const identity = await this.#ask(token);
    if (identity === undefined || permissionsOf[identity.role].has("export")) return identity;
    throw new DvceError(
      "DVCE_FORBIDDEN",
      `The token ${identity.name} has the role ${identity.role}, which may not read images. It takes one of: admin, operator.`,
    );
  }

  #ask(token: string): Promise<Identity | undefined> {
    const key = hashToken(token);
    const nowMs = this.#options.nowMs();
    const known = this.#answers.get(key);
    if (known !== undefined && known.untilMs > nowMs) return known.identity;
    this.#answers.delete(key);
    const oldest = this.#answers.keys().next();
    if (this.#answers.size >= keptMax && oldest.done !== true) this.#answers.delete(oldest.value);
    const controller = new ControllerClient({ url: this.#options.controllerUrl, token, timeoutMs });
    const identity = controller.getIdentity().catch((error: unknown) => {
      if (isDvceError(error, "DVCE_UNAUTHENTICATED")) return undefined;
      this.#answers.delete(key); // not an answer: asked again next time
      throw error;
    });
    this.#answers.set(key, { identity, untilMs: nowMs + keptMs });
    return identity;
  }
}
