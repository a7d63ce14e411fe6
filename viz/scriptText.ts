/** JSON that can't end its script block, whatever names are in it. */
export const jsonForScript = (value: unknown): string => JSON.stringify(value).replaceAll('<', '\\u003c')

/** Program text that can't end its script block; inside strings and patterns, where alone these stand, the backslash changes nothing. */
export const scriptForPage = (script: string): string => script.replace(/<(\/script|!--)/gi, '<\\$1')
