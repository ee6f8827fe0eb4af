/**
 * Tokens come in, a concrete syntax tree goes out. The rules have the names that `nn.ebnf` uses. Operators stay a
 * flat list here (`expression`): precedence is applied when the tree is built, so that a long sum costs no stack.
 */
import type { IParserErrorMessageProvider, TokenType } from 'chevrotain';
import { CstParser, EOF } from './chevrotain.ts';
import { lazy } from './lazy.ts';
import { describeType } from './phrases.ts';
import * as t from './tokens.ts';

/** The parser's messages are only the phrase of what was expected; `explain.ts` makes the diagnostic. */
const expectations: IParserErrorMessageProvider = {
  buildMismatchTokenMessage: ({ expected }) => describeType(expected),
  buildNotAllInputParsedMessage: () => describeType(EOF),
  buildNoViableAltMessage: ({ customUserDescription }) => customUserDescription ?? 'something else',
  buildEarlyExitMessage: ({ customUserDescription }) => customUserDescription ?? 'something else',
};

/** Only punctuation may be supplied silently: an invented name would mean something. */
const insertable: ReadonlySet<TokenType> = new Set([t.Equals, t.Colon, t.Comma, t.Separator, t.Then]);

export class NnParser extends CstParser {
  constructor(options: { readonly validate: boolean }) {
    super([...t.vocabulary], {
      recoveryEnabled: true,
      maxLookahead: 1,
      nodeLocationTracking: 'onlyOffset',
      errorMessageProvider: expectations,
      skipValidations: !options.validate,
    });
    this.performSelfAnalysis();
  }

  protected override canTokenTypeBeInsertedInRecovery(type: TokenType): boolean {
    return insertable.has(type);
  }

  // -------------------------------------------------------------- declarations

  readonly file = this.RULE('file', () => {
    this.MANY(() => {
      this.OR({
        DEF: [
          { ALT: () => this.SUBRULE(this.use) },
          { ALT: () => this.SUBRULE(this.model) },
          { ALT: () => this.SUBRULE(this.fn) },
          { ALT: () => this.SUBRULE(this.layer) },
          { ALT: () => this.SUBRULE(this.optimizer) },
          { ALT: () => this.SUBRULE(this.train) },
        ],
        ERR_MSG: 'a declaration',
      });
    });
  });

  readonly use = this.RULE('use', () => {
    this.CONSUME(t.Use);
    this.CONSUME(t.StringToken);
  });

  readonly model = this.RULE('model', () => {
    this.CONSUME(t.Model);
    this.CONSUME(t.Identifier);
    this.OPTION(() => this.SUBRULE(this.parameters));
    this.SUBRULE(this.block);
  });

  readonly fn = this.RULE('fn', () => {
    this.CONSUME(t.Fn);
    this.CONSUME(t.Identifier);
    this.SUBRULE(this.parameters);
    this.SUBRULE(this.signature);
    this.SUBRULE(this.body);
    this.OPTION(() => {
      this.CONSUME(t.Derivative);
      this.AT_LEAST_ONE_SEP({
        SEP: t.Comma,
        DEF: () => this.SUBRULE(this.expression),
        ERR_MSG: 'an expression',
      });
    });
  });

  readonly layer = this.RULE('layer', () => {
    this.CONSUME(t.Layer);
    this.CONSUME(t.Identifier);
    this.SUBRULE(this.parameters);
    this.OPTION(() => this.SUBRULE2(this.parameters));
    this.SUBRULE(this.signature);
    this.SUBRULE(this.body);
  });

  readonly optimizer = this.RULE('optimizer', () => {
    this.CONSUME(t.Optimizer);
    this.CONSUME(t.Identifier);
    this.OPTION(() => this.SUBRULE(this.parameters));
    this.SUBRULE(this.block);
  });

  readonly train = this.RULE('train', () => {
    this.CONSUME(t.Train);
    this.CONSUME(t.Identifier);
    this.OPTION(() => {
      this.CONSUME(t.LeftParenthesis);
      this.SUBRULE(this.callArguments);
      this.CONSUME(t.RightParenthesis);
    });
    this.OPTION2(() => {
      this.CONSUME(t.As);
      this.CONSUME2(t.Identifier);
    });
    this.SUBRULE(this.recipe);
  });

  readonly parameters = this.RULE('parameters', () => {
    this.CONSUME(t.LeftParenthesis);
    this.MANY_SEP({ SEP: t.Comma, DEF: () => this.SUBRULE(this.parameter) });
    this.CONSUME(t.RightParenthesis);
  });

  readonly parameter = this.RULE('parameter', () => {
    this.CONSUME(t.Identifier);
    this.OPTION(() => {
      this.CONSUME(t.Colon);
      this.SUBRULE(this.type);
    });
    this.OPTION2(() => {
      this.CONSUME(t.Equals);
      this.SUBRULE(this.expression);
    });
  });

  /** `-> type where N = …, M = …` */
  readonly signature = this.RULE('signature', () => {
    this.OPTION(() => {
      this.CONSUME(t.RightArrow);
      this.SUBRULE(this.type);
    });
    this.OPTION2(() => {
      this.CONSUME(t.Where);
      this.AT_LEAST_ONE_SEP({ SEP: t.Comma, DEF: () => this.SUBRULE(this.definition), ERR_MSG: 'a name' });
    });
  });

  readonly definition = this.RULE('definition', () => {
    this.CONSUME(t.Identifier);
    this.CONSUME(t.Equals);
    this.SUBRULE(this.expression);
  });

  readonly body = this.RULE('body', () => {
    this.OR({
      DEF: [
        { ALT: () => this.SUBRULE(this.block) },
        {
          ALT: () => {
            this.CONSUME(t.Equals);
            this.SUBRULE(this.expression);
          },
        },
      ],
      ERR_MSG: '`{` or `=`',
    });
  });

  readonly block = this.RULE('block', () => {
    this.CONSUME(t.LeftBrace);
    this.MANY_SEP({ SEP: t.Separator, DEF: () => this.SUBRULE(this.statement) });
    this.CONSUME(t.RightBrace);
  });

  // -------------------------------------------------------------- recipes

  readonly recipe = this.RULE('recipe', () => {
    this.CONSUME(t.LeftBrace);
    this.MANY(() => {
      this.OR({
        DEF: [
          { ALT: () => this.SUBRULE(this.minimize) },
          { ALT: () => this.SUBRULE(this.together) },
          { GATE: () => this.targetFollows(), ALT: () => this.SUBRULE(this.assign) },
          { ALT: () => this.SUBRULE(this.setting) },
          { ALT: () => this.CONSUME(t.Separator) },
        ],
        ERR_MSG: '`minimize` or a setting',
      });
    });
    this.CONSUME(t.RightBrace);
  });

  /** A setting is followed by its value. */
  private targetFollows(): boolean {
    const { tokenType } = this.LA(2);
    return tokenType === t.LeftArrow || tokenType === t.LeftBracket || tokenType === t.Dot;
  }

  readonly minimize = this.RULE('minimize', () => {
    this.OR([{ ALT: () => this.CONSUME(t.Minimize) }, { ALT: () => this.CONSUME(t.Maximize) }]);
    this.CONSUME(t.Identifier);
    this.OPTION(() => {
      this.CONSUME(t.Over);
      this.AT_LEAST_ONE_SEP({
        SEP: t.Comma,
        DEF: () => this.SUBRULE(this.expression),
        ERR_MSG: 'the name of a layer or parameter',
      });
    });
    this.CONSUME(t.With);
    this.SUBRULE2(this.expression);
    this.SUBRULE(this.own);
  });

  readonly together = this.RULE('together', () => {
    this.CONSUME(t.Together);
    this.SUBRULE(this.recipe);
  });

  /** `enc.W[i, j] <- …` */
  readonly assign = this.RULE('assign', () => {
    this.CONSUME(t.Identifier);
    this.MANY(() => {
      this.CONSUME(t.Dot);
      this.CONSUME2(t.Identifier);
    });
    this.OPTION(() => {
      this.CONSUME(t.LeftBracket);
      this.SUBRULE(this.binders);
      this.CONSUME(t.RightBracket);
    });
    this.CONSUME(t.LeftArrow);
    this.SUBRULE(this.expression);
    this.SUBRULE(this.own);
  });

  /** The settings of one clause: `, steps 5, batch 16`. */
  readonly own = this.RULE('own', () => {
    this.MANY(() => {
      this.CONSUME(t.Comma);
      this.SUBRULE(this.setting);
    });
  });

  /** `batch 128`, `draw with replacement`, `keep lowest eval.loss` */
  readonly setting = this.RULE('setting', () => {
    this.CONSUME(t.Identifier);
    this.OPTION({
      GATE: () => this.mannerFollows(),
      DEF: () => this.OR([{ ALT: () => this.CONSUME(t.With) }, { ALT: () => this.CONSUME2(t.Identifier) }]),
    });
    this.SUBRULE(this.expression);
  });

  private mannerFollows(): boolean {
    const { tokenType, image } = this.LA(1);
    if (tokenType === t.With) return true;
    return this.LA(0).image === 'keep' && (image === 'lowest' || image === 'highest');
  }

  // -------------------------------------------------------------- statements

  readonly statement = this.RULE('statement', () => {
    this.OR({
      DEF: [
        { ALT: () => this.SUBRULE(this.tensorDeclaration) },
        { ALT: () => this.SUBRULE(this.paramDeclaration) },
        { ALT: () => this.SUBRULE(this.stateDeclaration) },
        { ALT: () => this.SUBRULE(this.binding) },
        { ALT: () => this.SUBRULE(this.unpacking) },
        { ALT: () => this.SUBRULE(this.freezing) },
        { ALT: () => this.SUBRULE(this.assertion) },
        { ALT: () => this.SUBRULE(this.repetition) },
        { ALT: () => this.SUBRULE(this.scan) },
        { ALT: () => this.SUBRULE(this.result) },
      ],
      ERR_MSG: 'a statement',
    });
  });

  readonly tensorDeclaration = this.RULE('tensorDeclaration', () => {
    this.OR([{ ALT: () => this.CONSUME(t.Input) }, { ALT: () => this.CONSUME(t.Target) }]);
    this.AT_LEAST_ONE_SEP({ SEP: t.Comma, DEF: () => this.SUBRULE(this.tensorItem), ERR_MSG: 'a name' });
  });

  readonly tensorItem = this.RULE('tensorItem', () => {
    this.SUBRULE(this.typedName);
    this.OPTION(() => {
      this.CONSUME(t.Equals);
      this.SUBRULE(this.expression);
    });
  });

  readonly typedName = this.RULE('typedName', () => {
    this.CONSUME(t.Identifier);
    this.CONSUME(t.Colon);
    this.SUBRULE(this.type);
  });

  readonly paramDeclaration = this.RULE('paramDeclaration', () => {
    this.OR([{ ALT: () => this.CONSUME(t.Param) }, { ALT: () => this.CONSUME(t.Frozen) }]);
    this.SUBRULE(this.typedName);
    this.OPTION(() => {
      this.CONSUME(t.Init);
      this.SUBRULE(this.expression);
    });
    this.OPTION2(() => {
      this.CONSUME(t.If);
      this.SUBRULE2(this.expression);
    });
  });

  /** `freeze enc, dec.Block_1` */
  readonly freezing = this.RULE('freezing', () => {
    this.CONSUME(t.Freeze);
    this.SUBRULE(this.parts);
  });

  /** Names of layers and parameters. */
  readonly parts = this.RULE('parts', () => {
    this.AT_LEAST_ONE_SEP({
      SEP: t.Comma,
      DEF: () => this.SUBRULE(this.expression),
      ERR_MSG: 'the name of a layer or parameter',
    });
  });

  readonly stateDeclaration = this.RULE('stateDeclaration', () => {
    this.CONSUME(t.State);
    this.AT_LEAST_ONE_SEP({ SEP: t.Comma, DEF: () => this.SUBRULE(this.stateItem), ERR_MSG: 'a name' });
  });

  readonly stateItem = this.RULE('stateItem', () => {
    this.CONSUME(t.Identifier);
    this.OPTION(() => {
      this.CONSUME(t.Colon);
      this.SUBRULE(this.type);
    });
    this.OR({
      DEF: [{ ALT: () => this.CONSUME(t.Equals) }, { ALT: () => this.CONSUME(t.Init) }],
      ERR_MSG: '`=` or `init`',
    });
    this.SUBRULE(this.expression);
  });

  readonly binding = this.RULE('binding', () => {
    this.OPTION(() => {
      this.OR([
        { ALT: () => this.CONSUME(t.Let) },
        { ALT: () => this.CONSUME(t.Loss) },
        { ALT: () => this.CONSUME(t.Metric) },
        { ALT: () => this.CONSUME(t.Output) },
      ]);
    });
    this.SUBRULE(this.leftSide);
    this.OR2({
      DEF: [{ ALT: () => this.CONSUME(t.Equals) }, { ALT: () => this.CONSUME(t.LeftArrow) }],
      ERR_MSG: '`=` or `<-`',
    });
    this.SUBRULE(this.expression);
  });

  /** `(h, c) = e`, `(h[:, t], c[:, t]) = e` */
  readonly unpacking = this.RULE('unpacking', () => {
    this.CONSUME(t.LeftParenthesis);
    this.AT_LEAST_ONE_SEP({ SEP: t.Comma, DEF: () => this.SUBRULE(this.leftSide), ERR_MSG: 'a name' });
    this.CONSUME(t.RightParenthesis);
    this.CONSUME(t.Equals);
    this.SUBRULE(this.expression);
  });

  readonly leftSide = this.RULE('leftSide', () => {
    this.CONSUME(t.Identifier);
    this.OPTION(() => {
      this.CONSUME(t.LeftBracket);
      this.SUBRULE(this.binders);
      this.CONSUME(t.RightBracket);
    });
  });

  readonly assertion = this.RULE('assertion', () => {
    this.CONSUME(t.Assert);
    this.SUBRULE(this.expression);
    this.OPTION(() => {
      this.CONSUME(t.Colon);
      this.CONSUME(t.StringToken);
    });
  });

  readonly repetition = this.RULE('repetition', () => {
    this.CONSUME(t.Repeat);
    this.SUBRULE(this.expression);
    this.SUBRULE(this.block);
  });

  readonly scan = this.RULE('scan', () => {
    this.CONSUME(t.Scan);
    this.CONSUME(t.Identifier);
    this.CONSUME(t.Colon);
    this.SUBRULE(this.expression);
    this.SUBRULE(this.block);
  });

  readonly result = this.RULE('result', () => {
    this.CONSUME(t.Return);
    this.OPTION({
      GATE: () => this.equationFollows(),
      DEF: () => {
        this.SUBRULE(this.leftSide);
        this.CONSUME(t.Equals);
      },
    });
    this.SUBRULE(this.expression);
  });

  /** `y =` or `y[…] =` comes next, and no plain expression. */
  private equationFollows(): boolean {
    if (this.LA(1).tokenType !== t.Identifier) return false;
    if (this.LA(2).tokenType !== t.LeftBracket) return this.LA(2).tokenType === t.Equals;
    for (let k = 3, depth = 1; ; k += 1) {
      const { tokenType } = this.LA(k);
      if (tokenType === EOF) return false;
      if (tokenType === t.LeftBracket) depth += 1;
      if (tokenType === t.RightBracket) depth -= 1;
      if (depth === 0) return this.LA(k + 1).tokenType === t.Equals;
    }
  }

  readonly binders = this.RULE('binders', () => {
    this.MANY_SEP({ SEP: t.Comma, DEF: () => this.SUBRULE(this.binder) });
  });

  readonly binder = this.RULE('binder', () => {
    this.OR({
      DEF: [
        { ALT: () => this.CONSUME(t.Ellipsis) },
        { ALT: () => this.CONSUME2(t.Colon) },
        {
          ALT: () => {
            this.CONSUME(t.Identifier);
            this.OPTION(() => {
              this.CONSUME(t.Colon);
              this.SUBRULE(this.expression);
            });
          },
        },
      ],
      ERR_MSG: 'the name of an index',
    });
  });

  readonly type = this.RULE('type', () => {
    this.OR({
      DEF: [
        { ALT: () => this.CONSUME(t.Identifier) },
        { ALT: () => this.CONSUME(t.Layer) },
        { ALT: () => this.CONSUME(t.Fn) },
      ],
      ERR_MSG: 'a type',
    });
    this.OPTION(() => {
      this.CONSUME(t.LeftBracket);
      this.SUBRULE(this.indices);
      this.CONSUME(t.RightBracket);
    });
  });

  // -------------------------------------------------------------- expressions

  readonly expression = this.RULE('expression', () => {
    this.SUBRULE(this.operand);
    this.MANY(() => {
      this.CONSUME(t.BinaryOperator);
      this.SUBRULE2(this.operand);
    });
  });

  readonly operand = this.RULE('operand', () => {
    this.MANY(() => this.SUBRULE(this.prefix));
    this.SUBRULE(this.primary);
    this.MANY2(() => this.SUBRULE(this.postfix));
  });

  readonly prefix = this.RULE('prefix', () => {
    this.OR([
      { ALT: () => this.CONSUME(t.Minus) },
      { ALT: () => this.CONSUME(t.Not) },
      {
        ALT: () => {
          this.CONSUME(t.Reducer);
          this.CONSUME(t.LeftBracket);
          this.SUBRULE(this.binders);
          this.OPTION(() => {
            this.CONSUME(t.Where);
            this.SUBRULE(this.expression);
          });
          this.CONSUME(t.RightBracket);
        },
      },
    ]);
  });

  readonly primary = this.RULE('primary', () => {
    this.OR({
      DEF: [
        { ALT: () => this.CONSUME(t.Identifier) },
        { ALT: () => this.CONSUME(t.NumberToken) },
        { ALT: () => this.SUBRULE(this.grouped) },
        { ALT: () => this.SUBRULE(this.conditional) },
        { ALT: () => this.CONSUME(t.True) },
        { ALT: () => this.CONSUME(t.False) },
        { ALT: () => this.CONSUME(t.StringToken) },
        { ALT: () => this.CONSUME(t.Question) },
        { ALT: () => this.CONSUME(t.Unparsed) },
      ],
      ERR_MSG: 'an expression',
    });
  });

  /** `(e)`, `(e else e)` or `(e, e)` */
  readonly grouped = this.RULE('grouped', () => {
    this.CONSUME(t.LeftParenthesis);
    this.SUBRULE(this.expression);
    this.OPTION(() => {
      this.OR([
        {
          ALT: () => {
            this.CONSUME(t.Else);
            this.SUBRULE2(this.expression);
          },
        },
        {
          ALT: () =>
            this.AT_LEAST_ONE(() => {
              this.CONSUME(t.Comma);
              this.SUBRULE3(this.expression);
            }),
        },
      ]);
    });
    this.CONSUME(t.RightParenthesis);
  });

  readonly conditional = this.RULE('conditional', () => {
    this.CONSUME(t.If);
    this.SUBRULE(this.expression);
    this.CONSUME(t.Then);
    this.SUBRULE2(this.expression);
    this.CONSUME(t.Else);
    this.SUBRULE3(this.expression);
  });

  readonly postfix = this.RULE('postfix', () => {
    this.OR([
      {
        ALT: () => {
          this.CONSUME(t.Dot);
          this.CONSUME(t.Identifier);
        },
      },
      {
        ALT: () => {
          this.CONSUME(t.LeftParenthesis);
          this.SUBRULE(this.callArguments);
          this.CONSUME(t.RightParenthesis);
        },
      },
      {
        ALT: () => {
          this.CONSUME(t.LeftBracket);
          this.SUBRULE(this.indices);
          this.CONSUME(t.RightBracket);
        },
      },
    ]);
  });

  readonly callArguments = this.RULE('callArguments', () => {
    this.MANY_SEP({ SEP: t.Comma, DEF: () => this.SUBRULE(this.argument) });
  });

  readonly argument = this.RULE('argument', () => {
    this.OR({
      DEF: [
        { ALT: () => this.SUBRULE(this.over) },
        {
          ALT: () => {
            this.OPTION({
              GATE: () => this.LA(2).tokenType === t.Equals,
              DEF: () => {
                this.CONSUME(t.Identifier);
                this.CONSUME(t.Equals);
              },
            });
            this.SUBRULE(this.expression);
          },
        },
      ],
      ERR_MSG: 'an argument',
    });
  });

  /** `over C`, `over -1`, `over (H, W)` */
  readonly over = this.RULE('over', () => {
    this.CONSUME(t.Over);
    this.OR({
      DEF: [
        {
          ALT: () => {
            this.CONSUME(t.LeftParenthesis);
            this.AT_LEAST_ONE_SEP({ SEP: t.Comma, DEF: () => this.SUBRULE(this.axis), ERR_MSG: 'an axis' });
            this.CONSUME(t.RightParenthesis);
          },
        },
        { ALT: () => this.SUBRULE2(this.axis) },
      ],
      ERR_MSG: 'an axis',
    });
  });

  readonly axis = this.RULE('axis', () => {
    this.OR({
      DEF: [
        { ALT: () => this.CONSUME(t.Identifier) },
        {
          ALT: () => {
            this.OPTION(() => this.CONSUME(t.Minus));
            this.CONSUME(t.NumberToken);
          },
        },
      ],
      ERR_MSG: 'the name or number of an axis',
    });
  });

  readonly indices = this.RULE('indices', () => {
    this.MANY_SEP({ SEP: t.Comma, DEF: () => this.SUBRULE(this.index) });
  });

  readonly index = this.RULE('index', () => {
    this.OR({
      DEF: [
        { ALT: () => this.CONSUME(t.Ellipsis) },
        {
          ALT: () => {
            this.CONSUME(t.Colon);
            this.OPTION(() => this.SUBRULE(this.expression));
          },
        },
        {
          ALT: () => {
            this.SUBRULE2(this.expression);
            this.OPTION2(() => {
              this.CONSUME2(t.Colon);
              this.OPTION3(() => this.SUBRULE3(this.expression));
            });
          },
        },
      ],
      ERR_MSG: 'an index',
    });
  });
}

/** The one parser; making it takes a while, so only when the first text comes. */
export const parser = lazy(() => new NnParser({ validate: false }));
