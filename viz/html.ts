const ENTITIES: Readonly<Record<string, string>> = { '&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&quot;', "'": '&#39;' }

/** Safe between tags and inside quoted attributes. */
export const escapeHtml = (text: string): string => text.replace(/[&<>"']/g, (character) => ENTITIES[character]!)

/** JSON that can't end its script block, whatever names are in it. */
export const jsonForScript = (value: unknown): string => JSON.stringify(value).replaceAll('<', '\\u003c')

/** Program text that can't end its script block; inside strings and patterns, where alone these stand, the backslash changes nothing. */
export const scriptForPage = (script: string): string => script.replace(/<(\/script|!--)/gi, '<\\$1')
