import { buildGoCommand, ensureGo, exists } from "./go";
import type { CacheLayout } from "./paths";
import type { Progress } from "./progress";
import { desync } from "./versions";

/** The pinned desync, built from the module proxy; half a minute on two cores. */
export async function ensureDesync(layout: CacheLayout, progress: Progress): Promise<string> {
  if (await exists(layout.desyncPath)) return layout.desyncPath;
  const goPath = await ensureGo(layout, progress);
  await progress.step(`desync ${desync.version}, from source`, (update) =>
    buildGoCommand(goPath, desync, layout.desyncPath, layout, update),
  );
  return layout.desyncPath;
}
