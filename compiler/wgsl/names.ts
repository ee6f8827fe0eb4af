/** Names as the author wrote them in, legal and unique WGSL identifiers out; numbers only on collision. */

export type Namer = (name: string) => string;

/** Keywords and reserved words that an author might plausibly use, and the predeclared names that we print. */
const reserved = new Set(
  `alias break case const const_assert continue continuing default diagnostic discard else enable false fn for if
  let loop override requires return struct switch true var while
  NULL Self abstract active alignas alignof as asm asm_fragment async attribute auto await become binding_array cast
  catch class co_await co_return co_yield coherent column_major common compile compile_fragment concept const_cast
  consteval constexpr constinit crate debugger decltype delete demote demote_to_helper do dynamic_cast enum explicit
  export extends extern external fallthrough filter final finally friend from fxgroup get goto groupshared highp impl
  implements import inline instanceof interface layout lowp macro macro_rules match mediump meta mod module move mut
  mutable namespace new nil noexcept noinline nointerpolation noperspective null nullptr of operator package
  packoffset partition pass patch pixelfragment precise precision premerge priv protected pub public readonly ref
  regardless register reinterpret_cast require resource restrict self set shared sizeof smooth snorm static
  static_assert static_cast std subroutine super target template this thread_local throw trait try type typedef
  typeid typename typeof union unless unorm unsafe unsized use using varying virtual volatile wgsl where with
  writeonly yield
  bool f16 f32 i32 u32 vec2 vec3 vec4 vec2f vec3f vec4f vec2i vec3i vec4i vec2u vec3u vec4u mat2x2 mat3x3 mat4x4
  array atomic ptr sampler texture
  read write read_write storage uniform private function
  abs acos acosh all any arrayLength asin asinh atan atan2 atanh bitcast ceil clamp cos cosh countLeadingZeros
  countOneBits countTrailingZeros cross degrees determinant distance dot exp exp2 extractBits faceForward
  firstLeadingBit firstTrailingBit floor fma fract frexp insertBits inverseSqrt ldexp length log log2 max min mix
  modf normalize pow quantizeToF16 radians reflect refract reverseBits round saturate select sign sin sinh smoothstep
  sqrt step tan tanh transpose trunc workgroupBarrier storageBarrier main workgroup_id local_index`.split(
    /\s+/,
  ),
);

/** `taken` are further names that are used already, such as those of helper functions. */
export function namer(taken: Iterable<string>): Namer {
  const used = new Set([...reserved, ...taken]);
  const given = new Map<string, string>();
  return (name) => {
    const known = given.get(name);
    if (known !== undefined) return known;
    const base = legal(name);
    let unique = base;
    for (let n = 2; used.has(unique); n++) unique = `${base}_${n}`;
    used.add(unique);
    given.set(name, unique);
    return unique;
  };
}

/** Letters, digits and single underscores, not starting with a digit, not one underscore alone. */
function legal(name: string): string {
  const plain = name
    .replace(/[^A-Za-z0-9_]/g, '_')
    .replace(/_+/g, '_')
    .replace(/^_|_$/g, '');
  if (plain === '') return 'v';
  return /^[0-9]/.test(plain) ? `v${plain}` : plain;
}
