/** Abbreviations after which a full stop is part of the word, by when it is. */

/** Always: titles, months and days, states, companies, streets, military ranks. */
export const ABBREVIATIONS: readonly string[] = words(`
  adj adm adv al ala alex apr ariz assn assoc asst atty attys aug ave bhd bldg blvd brig bros calif capt cf cie cmdr co
  col colo comdr conn corp cos cpl ct dak dec dept det dr drs elec ens esq est etc ext feb fla fri ft ga gen gov govs hon
  inc ind insp intl invt jan jos jr jul jun kan kans ky lt ltd maj mar md messrs mfg mich minn mlle mme mo mon mont mr
  mrs ms msgr mt mtg natl neb nev nov oct okla penn pfc ph plc ppte ppty pres prof pte ptes pty ptys pvt rd rep reps rev
  rt sen sens sep seq sept sfc sgt spc sq sr st ste supt sys tel tenn thu thurs tue tues univ va vs vt wed wis wisc wm
  wyo
`)

/** Written with a capital only: in small letters they are words. */
export const CAPITAL_ABBREVIATIONS: readonly string[] = words('ark az del ill la mass miss ore pa tex wash')

/** Before a number only. */
export const BEFORE_NUMBERS: readonly string[] = words('art ca fig figs no nos op pp prop')

/** Words, capital in front, that end the sentence before them when a single letter with a full stop stands there. */
export const SENTENCE_STARTERS: readonly string[] = words(`
  A About According Additionally After An As At But Earlier He Her Here However If In It Last Many More Now Once One Other
  Our She Since So Some Such That The Their Then There These They This We What When While Yet You
`)

function words(text: string): string[] {
  return text.trim().split(/\s+/)
}
