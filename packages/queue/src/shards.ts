/**
 * The prefix of a shard's keys. Its hash tag puts all keys of the shard into one hash slot of a Redis Cluster, and different
 * shards most likely into different slots. Shard 0 has the prefix unchanged, so that one shard is the same as none.
 */
export function shardPrefix(prefix: string, shard: number): string {
  const tagged = prefix.includes('{') ? prefix : `{${prefix}}`;
  return shard === 0 ? tagged : tagged.replace('}', `-${shard}}`);
}

/** The name of a shard's queue on a store where queues have no prefix. */
export function shardName(name: string, shard: number): string {
  return shard === 0 ? name : `${name}-${shard}`;
}
