/** Bounds what is in hand at once. Whatever its size, more may enter while less than the bound is in hand. */
export interface Room {
  /** Resolves when there is room. */
  whenFree(): Promise<void>;
  /** @returns a function to call when the `size` units have left. */
  enter(size: number): () => void;
}

export function createRoom(bound: number): Room {
  let waiting: (() => void)[] = [];
  let inHand = 0;
  return {
    async whenFree() {
      while (inHand >= bound) await new Promise<void>((resolve) => waiting.push(resolve));
    },
    enter(size) {
      inHand += size;
      return () => {
        inHand -= size;
        if (inHand >= bound) return;
        for (const wake of waiting) wake();
        waiting = [];
      };
    },
  };
}
