/**
 * Why a chunk is wanted: a guest waits for it (`read`), one will soon (`ahead`), or it is to be here one day
 * (`background`). Each overtakes those after it.
 */
export type FetchPriority = "read" | "ahead" | "background";
