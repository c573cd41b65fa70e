/** Colours: one for each kind of method, the same in every chart and every report. */

/** Style classes; the page gives them their colours, for light and for dark. */
export type Family = 'base' | 'intra' | 'inter' | 'random' | 'tome' | 'q8' | 'cascade' | 'mixed'

const SINGLE: readonly Family[] = ['base', 'intra', 'inter', 'random', 'q8', 'cascade']

/** What a method is made of: `tome:13` and `tome-vwt` are of one family, `intra:0.3+q8` is mixed. */
export function familyOf(method: string): Family {
  const parts = method.split('+').map((part) => part.split(':')[0]!)
  if (parts.length > 1) return 'mixed'
  if (parts[0]!.startsWith('tome')) return 'tome'
  return SINGLE.find((family) => family === parts[0]) ?? 'mixed'
}
