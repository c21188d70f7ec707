export type { Catalog } from '../providers/provider.ts'
export { catalog } from './catalog.ts'
export { createCatalog } from './create-catalog.ts'
export { type RefreshOptions, refreshCatalog } from './refresh-catalog.ts'
