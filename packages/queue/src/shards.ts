/**
 * The prefix of a shard's keys. Its hash tag puts all of them into one hash slot of a Redis Cluster, and those of another
 * shard most likely into another one. Shard 0 has the prefix as it is, so that one shard is the same as none.
 */
export function shardPrefix(prefix: string, shard: number): string {
  const tagged = prefix.includes('{') ? prefix : `{${prefix}}`;
  return shard === 0 ? tagged : tagged.replace('}', `-${shard}}`);
}

/** The name of a shard's queue where a queue has no prefix. */
export function shardName(name: string, shard: number): string {
  return shard === 0 ? name : `${name}-${shard}`;
}
