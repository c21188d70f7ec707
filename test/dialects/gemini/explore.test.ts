import { test } from 'vitest'
import { gemini } from '../../../src/dialects/gemini/index.ts'
import { loadRecordings } from '../../recordings/recordings.ts'
const canon = (x: unknown): unknown => Array.isArray(x) ? x.map(canon) : x && typeof x === 'object' ? Object.fromEntries(Object.entries(x).sort(([a],[b])=>a<b?-1:1).map(([k,v])=>[k.includes('_')&&!/[A-Z]/.test(k)?k.replace(/_([a-z])/g,(_, l)=>l.toUpperCase()):k,canon(v)])) : x
function diff(a: any, b: any, path: string, out: string[]) {
  if (JSON.stringify(a)===JSON.stringify(b)) return
  if (a && b && typeof a==='object' && typeof b==='object' && Array.isArray(a)===Array.isArray(b)) {
    for (const k of new Set([...Object.keys(a),...Object.keys(b)])) diff(a[k],b[k],path+'.'+(Array.isArray(a)?'#':k),out)
  } else out.push(`${path}: ${JSON.stringify(a)?.slice(0,120)} -> ${JSON.stringify(b)?.slice(0,120)}`)
}
test('x', () => {
  const counts = new Map<string, number>()
  for (const r of loadRecordings('gemini')) {
    const body = r.request.body
    if (!body || typeof body !== 'object') continue
    try {
      const req = gemini.downstream!.decode(body, { model: 'm', stream: false })
      const wire = gemini.upstream.encode(req, { provider: 'google', model: r.model, quirks: {} })
      const out: string[] = []
      diff(canon(body), canon(JSON.parse(JSON.stringify(wire.body))), '', out)
      for (const o of out) { const k = o.slice(0, 200); counts.set(k, (counts.get(k) ?? 0) + 1) }
      for (const w of wire.warnings ?? []) counts.set('W '+w+' '+r.model, (counts.get('W '+w+' '+r.model) ?? 0) + 1)
    } catch (e) { const k='ERR '+(e as Error).message+' '+r.id; counts.set(k,(counts.get(k)??0)+1) }
  }
  console.log([...counts].sort((a,b)=>b[1]-a[1]).slice(0,120).map(([k,v])=>v+' '+k).join('\n'))
})
