/** Bounds the memory of request bodies in flight, over all connections and per token or address. */
export interface BodyBudget {
  /** Returns false and takes nothing when fewer bytes are left, for the owner or in total. */
  take(owner: string, bytes: number): boolean;
  giveBack(owner: string, bytes: number): void;
}

const maxBytes = 128 * 1024 * 1024;
/** Four owners have to stall before others are refused. */
const maxBytesPerOwner = 32 * 1024 * 1024;

export function createBodyBudget(limits = { maxBytes, maxBytesPerOwner }): BodyBudget {
  let taken = 0;
  const takenBy = new Map<string, number>();
  return {
    take(owner, bytes) {
      const own = (takenBy.get(owner) ?? 0) + bytes;
      if (taken + bytes > limits.maxBytes || own > limits.maxBytesPerOwner) return false;
      taken += bytes;
      takenBy.set(owner, own);
      return true;
    },
    giveBack(owner, bytes) {
      taken -= bytes;
      const own = (takenBy.get(owner) ?? 0) - bytes;
      if (own > 0) takenBy.set(owner, own);
      else takenBy.delete(owner);
    },
  };
}
