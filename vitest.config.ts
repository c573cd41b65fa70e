import {defineConfig} from 'vitest/config'

export default defineConfig({
  test: {
    include: ['test/**/*.test.ts'],
    testTimeout: 60_000,
    hookTimeout: 60_000,
    // Two cores: sessions of the runtime share them, so few workers are faster than many.
    maxWorkers: 2,
  },
})
