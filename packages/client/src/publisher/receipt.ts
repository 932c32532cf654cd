/** The server's confirmation that an event is committed. */
export interface Receipt {
  /** The event's id at the server. */
  id: string;
  /** Whether an event with the same source and publisher's id was published before. */
  duplicate: boolean;
}
