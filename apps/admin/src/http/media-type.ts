/** A content type without its parameters, in lower case; empty where there is none (RFC 9110, section 8.3.1). */
export function mediaTypeOf(contentType: string | undefined): string {
  return (contentType ?? '').split(';', 1)[0]?.trim().toLowerCase() ?? '';
}

/** Whether a media type says that the content is JSON: `application/json`, `text/json`, `application/vnd.x+json` (RFC 6839). */
export function isJsonMediaType(mediaType: string): boolean {
  return /^[^/]+\/(?:json|.+\+json)$/.test(mediaType);
}
