/** Lines of text in, spans with a class for each kind of token out: the model's language, the IR, WGSL and WebAssembly. */

const nnWords =
  /^(?:model|layer|fn|optimizer|input|target|param|frozen|state|let|return|loss|metric|output|train|minimize|with|batch|epochs|seed|init|if|then|else|where|derivative|over|use|recipe|and|or|not|true|false|f32|i32|u32|bool|int)$/;
const wgslWords =
  /^(?:fn|let|var|const|for|if|else|return|loop|break|continue|while|struct|storage|workgroup|private|function|read|read_write|f32|i32|u32|bool|vec[234][fiu]?|array|true|false)$/;
const watWords =
  /^(?:func|param|local|result|export|call|if|then|block|loop|br|br_if|select|i32|i64|f32|v128)$/;
const irWords =
  /^(?:where|if|then|else|derivative|gradient|wrt|input|param|frozen|state|scalar|f32|i32|u32|bool|and|or|not|div|mod|result)$/;

const words = { nn: nnWords, wgsl: wgslWords, wat: watWords, ir: irWords };

/** @type {Set<string>} */
export const reductionWords = new Set();

/**
 * @param {string} word
 * @param {'nn' | 'wgsl' | 'wat' | 'ir'} language
 */
const isWord = (word, language) =>
  words[language].test(word) || ((language === 'nn' || language === 'ir') && reductionWords.has(word));

/**
 * @param {string} text
 * @param {'nn' | 'wgsl' | 'wat' | 'ir'} language
 * @returns {DocumentFragment}
 */
export function coloured(text, language) {
  const out = document.createDocumentFragment();
  const token =
    /(\/\/.*|;;.*)|(%[A-Za-z_][\w.]*)|("[^"]*")|(\d[\w.]*(?:e[-+]?\d+)?)|(@\w+)|([A-Za-z_]\w*)|(\s+|.)/g;
  for (const [all, comment, value, string, number, attribute, word] of text.matchAll(token)) {
    const kind = comment
      ? 'c'
      : value
        ? 'v'
        : string
          ? 's'
          : number
            ? 'n'
            : attribute
              ? 'a'
              : word !== undefined && isWord(word, language)
                ? 'w'
                : '';
    if (kind === '') {
      out.append(all);
      continue;
    }
    const span = document.createElement('span');
    span.className = `c-${kind}`;
    span.textContent = all;
    out.append(span);
  }
  return out;
}
