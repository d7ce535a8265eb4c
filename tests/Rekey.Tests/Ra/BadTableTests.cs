using System.Collections;
using System.Globalization;
using System.IO.Compression;
using System.Text;
using Rekey.Contract.Problems;
using Rekey.Ra.Subscribers.Import;

namespace Rekey.Tests.Ra;

/// <summary>Files that are no table, and cells that are no text, are refused with what to do, whatever they were made to do.</summary>
public sealed class BadTableTests
{
    private const string Main = "http://schemas.openxmlformats.org/spreadsheetml/2006/main";

    private const string Relations = "http://schemas.openxmlformats.org/officeDocument/2006/relationships";

    private static readonly DateTimeOffset Now = new(2026, 11, 24, 0, 0, 0, TimeSpan.Zero);

    [Theory]
    [InlineData("<row r='2'><c r='A2' t='str'><f>1+1</f><v>U-1</v></c><c r='B2' t='inlineStr'><is><t>a</t></is></c></row>", ImportColumn.Id, RowFault.Formula)]
    [InlineData("<row r='2'><c r='A2' t='e'><v>#REF!</v></c><c r='B2' t='inlineStr'><is><t>a</t></is></c></row>", ImportColumn.Id, RowFault.CellError)]
    [InlineData("<row r='2'><c r='A2'><v>9.1350100000012E+17</v></c><c r='B2' t='inlineStr'><is><t>a</t></is></c></row>", ImportColumn.Id, RowFault.RoundedNumber)]
    [InlineData("<row r='2'><c r='A2'><v>1</v></c><c r='C2'><v>2</v></c></row>", null, RowFault.FieldCount)]
    [InlineData("<row r='2'><c r='A2'><v>1</v></c></row>", ImportColumn.Name, RowFault.Missing)]
    public void A_cell_that_is_no_text_is_refused_and_never_evaluated(string row, ImportColumn? column, RowFault fault)
    {
        var read = Assert.Single(Read(Xlsx($"{Heading}{row}")));
        Assert.Null(read.Subscriber);
        Assert.Equal((2, column, fault), (read.Errors[0].Row, read.Errors[0].Column, read.Errors[0].Fault));
    }

    [Fact]
    public void Shared_texts_runs_gaps_and_whole_numbers_are_read_as_a_spreadsheet_program_shows_them()
    {
        const string shared = $"<sst xmlns='{Main}'><si><t>id</t></si><si><t>name</t></si><si><r><t>云泽</t></r><r><t>市</t></r><rPh sb='0' eb='1'><t>yunze</t></rPh></si><si><t>identityProved</t></si></sst>";
        const string rows = """
            <row><c t='s'><v>0</v></c><c t='s'><v>1</v></c><c t='s'><v>3</v></c></row>
            <row r='3'/>
            <row r='7'><c r='A7'><v>1001</v></c><c r='B7' t='s'><v>2</v></c><c r='C7'><v>44592</v></c></row>
            """;
        var row = Assert.Single(Read(Xlsx(rows, shared)));
        Assert.Equal((7, "1001", "云泽市", "2022-01-31"), (row.Number, row.Subscriber!.StableId, row.Subscriber.DisplayName, row.Subscriber.IdentityProvedAt!.Value.ToString("yyyy-MM-dd", CultureInfo.InvariantCulture)));
    }

    [Fact]
    public void A_cell_as_long_as_a_book_is_too_long()
    {
        var text = string.Concat(Enumerable.Range(0, 200_000).Select(i => (char)('一' + (i % 5000))));
        var row = Assert.Single(Read(Xlsx($"{Heading}<row><c><v>1</v></c><c t='inlineStr'><is><t>{text}</t></is></c></row>")));
        Assert.Equal(RowFault.TooLong, Assert.Single(row.Errors).Fault);
        Assert.Equal(Sheet.MostOfCell + 1, Sheet.Read(Xlsx($"{Heading}<row><c><v>1</v></c><c t='inlineStr'><is><t>{text}</t></is></c></row>")).Last().Cells![1].Text.Length);
    }

    [Fact]
    public void What_begins_like_a_formula_in_CSV_is_text()
    {
        var row = Assert.Single(Read(Bytes("id,name\n1,=cmd|' /C calc'!A0")));

        Assert.Equal("=cmd|' /C calc'!A0", row.Subscriber!.DisplayName);
    }

    [Fact]
    public void Tables_of_a_Chinese_Windows_are_read_in_its_encoding()
    {
        var gb = CodePagesEncodingProvider.Instance.GetEncoding("GB18030")!;
        foreach (var encoding in new[] { gb, Encoding.UTF8, Encoding.Unicode, Encoding.BigEndianUnicode })
        {
            var mark = encoding == gb ? [] : encoding.GetPreamble();
            var row = Assert.Single(Read(new MemoryStream([.. mark, .. encoding.GetBytes("用户编号,名称\r\n1,云泽市图书馆\r\n")])));
            Assert.Equal("云泽市图书馆", row.Subscriber!.DisplayName);
        }
    }

    public static TheoryData<string, int> Broken => new()
    {
        { "nothing", 3306 }, { "noise", 3301 }, { "old", 3302 }, { "large", 3303 }, { "rows", 3304 }, { "bomb", 3305 }, { "parts", 3305 }, { "missing", 3306 }, { "unknown", 3307 },
        { "doubled", 3307 }, { "cut", 3301 }, { "entity", 3301 }, { "no workbook", 3301 }, { "XML cut", 3301 }, { "rows back", 3301 }, { "index", 3301 },
    };

    [Theory]
    [MemberData(nameof(Broken))]
    public void A_broken_file_is_refused_by_number(string what, int number)
    {
        using var file = what switch
        {
            "nothing" => new MemoryStream(),
            "noise" => new MemoryStream([0xFF, 0x80, 0x81, 0xFF, 0xFF, 0x0A, 0xFF]),
            "old" => new MemoryStream([0xD0, 0xCF, 0x11, 0xE0, 0xA1, 0xB1, 0x1A, 0xE1]),
            "large" => Sized(Sheet.MostOctets + 1),
            "rows" => Bytes($"id,name\n{string.Concat(Enumerable.Repeat("1,a\n", Sheet.MostRows + 1))}"),
            "bomb" => Xlsx(new string(' ', 6 << 20)),
            "parts" => Zip([.. Enumerable.Range(0, 1001).Select(i => ($"x{i}", ""))]),
            "missing" => Bytes("id,kind\n1,person"),
            "unknown" => Bytes("id,name,emial\n1,a,b"),
            "doubled" => Bytes("id,name,用户编号\n1,a,1"),
            "cut" => new MemoryStream(Xlsx(Heading).ToArray()[..500]),
            "entity" => Xlsx("<row><c t='inlineStr'><is><t>&file;</t></is></c></row>", before: "<!DOCTYPE x [<!ENTITY file SYSTEM 'file:///etc/hostname'>]>"),
            "no workbook" => Zip([("readme.txt", "hello")]),
            "XML cut" => Xlsx($"{Heading}<row><c>", end: ""),
            "rows back" => Xlsx($"{Heading}<row r='1'><c r='A1'><v>1</v></c></row>"),
            _ => Xlsx("<row><c t='s'><v>99</v></c></row>"),
        };
        Assert.Equal(number, Assert.Throws<ProblemException>(() => Read(file)).Problem.Number);
    }

    [Fact]
    public void Every_fault_of_a_row_has_its_two_texts_in_both_languages()
    {
        var wanted = Enum.GetNames<RowFault>().SelectMany(f => new[] { $"{f}.What", $"{f}.Do" }).Concat(["PlaceCell", "PlaceRow"]).Order(StringComparer.Ordinal);
        foreach (var culture in new[] { CultureInfo.InvariantCulture, CultureInfo.GetCultureInfo("en") })
        {
            var texts = RowError.Texts.GetResourceSet(culture, createIfNotExists: true, tryParents: false)!.Cast<DictionaryEntry>().ToDictionary(e => (string)e.Key, e => (string)e.Value!);
            Assert.Equal(wanted, texts.Keys.Order(StringComparer.Ordinal));
        }
    }

    private static string Heading => "<row r='1'><c r='A1' t='inlineStr'><is><t>id</t></is></c><c r='B1' t='inlineStr'><is><t>name</t></is></c></row>";

    private static List<ReadRow> Read(Stream file) => [.. SubscriberTable.Read(file, Rekey.Ra.Operators.OperatorScope.All, Now).SelectMany(r => r)];

    private static MemoryStream Bytes(string text) => new(Encoding.UTF8.GetBytes(text));

    private static MemoryStream Sized(long length)
    {
        var file = new MemoryStream();
        file.SetLength(length);
        return file;
    }

    private static MemoryStream Xlsx(string rows, string? shared = null, string before = "", string end = "</sheetData></worksheet>") => Zip(
    [
        ("[Content_Types].xml", """
            <Types xmlns="http://schemas.openxmlformats.org/package/2006/content-types"><Default Extension="rels" ContentType="application/vnd.openxmlformats-package.relationships+xml"/>
            <Override PartName="/xl/workbook.xml" ContentType="application/vnd.openxmlformats-officedocument.spreadsheetml.sheet.main+xml"/>
            <Override PartName="/xl/worksheets/sheet1.xml" ContentType="application/vnd.openxmlformats-officedocument.spreadsheetml.worksheet+xml"/>
            <Override PartName="/xl/sharedStrings.xml" ContentType="application/vnd.openxmlformats-officedocument.spreadsheetml.sharedStrings+xml"/></Types>
            """),
        ("_rels/.rels", Links($"<Relationship Id='r1' Type='{Relations}/officeDocument' Target='xl/workbook.xml'/>")),
        ("xl/workbook.xml", $"<workbook xmlns='{Main}' xmlns:r='{Relations}'><sheets><sheet name='1' sheetId='1' r:id='r1'/></sheets></workbook>"),
        ("xl/_rels/workbook.xml.rels", Links($"<Relationship Id='r1' Type='{Relations}/worksheet' Target='worksheets/sheet1.xml'/><Relationship Id='r2' Type='{Relations}/sharedStrings' Target='sharedStrings.xml'/>")),
        ("xl/sharedStrings.xml", shared ?? $"<sst xmlns='{Main}'/>"),
        ("xl/worksheets/sheet1.xml", $"{before}<worksheet xmlns='{Main}'><sheetData>{rows}{end}"),
    ]);

    private static string Links(string links) => $"<Relationships xmlns='http://schemas.openxmlformats.org/package/2006/relationships'>{links}</Relationships>";

    private static MemoryStream Zip(IReadOnlyList<(string Name, string Text)> parts)
    {
        var file = new MemoryStream();
        using (var archive = new ZipArchive(file, ZipArchiveMode.Create, leaveOpen: true))
        {
            foreach (var (name, text) in parts)
            {
                using var part = archive.CreateEntry(name).Open();
                part.Write(Encoding.UTF8.GetBytes(text));
            }
        }

        file.Position = 0;
        return file;
    }
}
