declare const PLIMSOLL_VERSION: string | undefined
declare const PLIMSOLL_COMMIT: string | undefined

/** Put in by the build; a program that runs from its sources has neither. */
export const VERSION = typeof PLIMSOLL_VERSION === 'string' ? PLIMSOLL_VERSION : '0.0.0'
export const COMMIT = typeof PLIMSOLL_COMMIT === 'string' ? PLIMSOLL_COMMIT : 'unknown'
