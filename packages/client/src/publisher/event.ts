/** The catalogue (source → event → data) for callers without their own types: any source, any event, any data. */
export type UntypedCatalogue = Record<string, Record<string, Record<string, unknown>>>;

/** One event of a catalogue, such as `eventhooks types` writes. */
export type EventOf<C> = {
  [S in keyof C & string]: {
    [E in keyof C[S] & string]: {
      source: S;
      event: E;
      data: C[S][E];
      /** The publisher's own id: the same source and id again do not make a second event. Default: a random id. */
      id?: string;
    };
  }[keyof C[S] & string];
}[keyof C & string];
