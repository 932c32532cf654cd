/** The first fault of a URL. Its message quotes no part that may hold a password. */
export class UrlFault extends Error {}
