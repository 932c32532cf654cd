/** A setting that cannot be used. The message names it, and is all that a person needs. */
export class SettingsError extends Error {
  override name = 'SettingsError';
}
