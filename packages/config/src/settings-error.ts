/** A setting that cannot be used. The message names it, and needs no stack. */
export class SettingsError extends Error {
  override name = 'SettingsError';
}
