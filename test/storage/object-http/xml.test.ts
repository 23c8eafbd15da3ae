import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import fc from 'fast-check'
import { StoreError } from '../../../src/storage/object-http/errors.ts'
import { childText, parseXml, type XmlElement } from '../../../src/storage/object-http/xml/xml.ts'
import { isXmlText, writeXml, type XmlNode } from '../../../src/storage/object-http/xml/xml-writer.ts'

const refused = (text: string) =>
  assert.throws(
    () => parseXml(text),
    (error) => error instanceof StoreError && error.code === 'NotUnderstood',
    text,
  )

describe('XML', () => {
  test('elements, text, attributes, comments and namespaces are read', () => {
    const root = parseXml(
      '\ufeff<?xml version="1.0"?>\n<!-- > --><s3:A xmlns:s3="x>y" b=\'"\'><B>1 &lt; 2</B><C/><D ></D ><E><![CDATA[<&>]]></E></s3:A>\n',
    )
    assert.equal(root.name, 'A')
    assert.deepEqual(
      root.children.map(({ name, text }) => [name, text]),
      [
        ['B', '1 < 2'],
        ['C', ''],
        ['D', ''],
        ['E', '<&>'],
      ],
    )
  })

  test('white space in front keeps a slow answer alive, and is passed over', () => {
    assert.equal(childText(parseXml(`${' \n'.repeat(50)}<?xml version="1.0"?><A><B>x</B></A>`), 'B'), 'x')
  })

  test('the five entities and numbers are known', () => {
    assert.equal(parseXml('<A>&amp;&lt;&gt;&quot;&apos;&#65;&#x1F600;&#13;</A>').text, '&<>"\'A\u{1f600}\r')
  })

  test('what is no such XML is refused', () => {
    for (const text of [
      '',
      'text',
      '<A>',
      '<A></B>',
      '</A>',
      '<A></A><B/>',
      '<A/>x',
      '<!DOCTYPE A [<!ENTITY x "y">]><A>&x;</A>',
      '<A>&x;</A>',
      '<A>&#0;</A>',
      '<A>&#xD800;</A>',
      '<A>&#x110000;</A>',
      '<A>a & b</A>',
      '<A>&toolongforanentity;</A>',
      '<A><B>x</B>y</A>',
      '<A b="></A>',
      '<A',
      '< A></A>',
      '<A><!-- </A>',
      '<A>'.repeat(17) + '</A>'.repeat(17),
    ])
      refused(text)
  })

  test('anything either parses or is refused in one way', () => {
    const bits = fc.constantFrom(
      '<',
      '>',
      '</',
      '/>',
      'A',
      'B',
      '&',
      ';',
      'amp',
      '#',
      '1',
      '"',
      "'",
      ' ',
      '<!--',
      '-->',
      '<![CDATA[',
      ']]>',
      '<?',
      '?>',
      '=',
    )
    fc.assert(
      fc.property(fc.array(bits, { maxLength: 30 }), (pieces) => {
        try {
          parseXml(pieces.join(''))
        } catch (error) {
          assert.ok(error instanceof StoreError, String(error))
        }
      }),
      { numRuns: 2000 },
    )
  })

  test('what is written is read as it was', () => {
    const name = fc.stringMatching(/^[A-Za-z][A-Za-z0-9]{0,8}$/)
    const text = fc.string({ unit: 'binary' }).filter(isXmlText)
    const { node } = fc.letrec<{ node: XmlNode }>((tie) => ({
      node: fc.oneof(
        { maxDepth: 4 },
        fc.tuple(name, text),
        fc.tuple(name, fc.array(tie('node'), { minLength: 1, maxLength: 4 })),
      ),
    }))
    const read = ({ name, text, children }: XmlElement): XmlNode => [
      name,
      children.length > 0 ? children.map(read) : text,
    ]
    fc.assert(fc.property(node, (tree) => assert.deepEqual(read(parseXml(writeXml(tree).toString())), tree)))
  })
})
