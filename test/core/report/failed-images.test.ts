import {expect, test} from 'vitest'
import {formatImageFailures} from '../../../src/core/report/failed-images.js'
import {PLAIN} from '../../../src/core/report/text.js'

test('failed images are named with their reason, the path once', () => {
  const seen = {path: 'cat.png'}
  const lost = {path: 'lost.png', error: {message: 'There is no image file lost.png.'}}
  const nameless = {path: 'a\nb.png', error: {message: 'Too large.'}}
  expect(formatImageFailures([seen, lost, nameless], PLAIN)).toBe(
    'failed: There is no image file lost.png.\nfailed: a␊b.png: Too large.\n',
  )
})

test('what to try stands under its failure, and is said once', () => {
  const error = {message: 'It is cut short.', suggestions: ['Fetch it again.']}
  expect(
    formatImageFailures(
      [
        {path: 'a.png', error},
        {path: 'b.png', error},
      ],
      PLAIN,
    ),
  ).toBe('failed: a.png: It is cut short.\n   try: Fetch it again.\nfailed: b.png: It is cut short.\n')
})
