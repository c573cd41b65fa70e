/** What is written below a picture: counts from the trace, in words. */
import type {MethodView, PictureKind} from '../workflows/visualize.js'
import {regionsOf} from './overlays.js'

/** Kinds that lie over a photo. */
export type OverlayKind = Extract<PictureKind, 'match' | 'drop' | 'merge'> | 'plain'

/** `97 of 197 tokens`, and what happened to the patches. @param layer counted from 1. */
export function captionOf(kind: OverlayKind, view: MethodView, layer: number): string[] {
  return [tokensText(view, layer), `${view.method} · ${deedText(kind, view, layer)}`]
}

/** Tokens behind a layer, counted from 1. */
export function tokensText({tokens}: MethodView, layer: number): string {
  return `${tokens.perLayer[layer - 1]} of ${tokens.full} tokens`
}

/** Best label and time in the model, as far as they are known. */
export function results({label, inferMs}: MethodView): string[] {
  const time = `${inferMs.toFixed(inferMs < 10 ? 2 : inferMs < 100 ? 1 : 0)} ms`
  return label ? [`${label.label} ${(label.score * 100).toFixed(1)} %`, time] : [time]
}

function deedText(kind: OverlayKind, {trace, tokens}: MethodView, layer: number): string {
  const {layers, words = []} = trace
  const current = layers[layer - 1]!
  const dropped = current.filter((token) => token < 0).length
  const droppedText = `${dropped} of ${current.length} patches dropped`
  if (kind === 'plain') return 'every patch kept'
  if (kind === 'drop') return droppedText
  const rest = dropped > 0 ? `, ${dropped} dropped` : ''
  if (kind === 'match') {
    const matched = words.filter((word) => word >= 0)
    const names = plural(new Set(matched).size, 'word')
    return `${matched.length} of ${words.length} patches match ${names}${rest}`
  }
  const regions = regionsOf(current)
  const merged = regions.reduce((sum, {length}) => sum + length, 0)
  const where = tokens.perLayer.length > 1 ? `layer ${layer} · ` : ''
  return `${where}${merged} patches in ${plural(regions.length, 'region')}${rest}`
}

export function plural(count: number, noun: string): string {
  return `${count.toLocaleString('en-US')} ${noun}${count === 1 ? '' : 's'}`
}
