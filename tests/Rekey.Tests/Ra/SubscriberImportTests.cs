using System.Globalization;
using System.Text;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.DependencyInjection;
using Rekey.Pki.Certificates;
using Rekey.Ra.Subscribers.Import;
using Rekey.Testing.Portal;

namespace Rekey.Tests.Ra;

/// <summary>Tables of subscribers are read row by row; what is wrong with a row is said, and never half of a row is registered.</summary>
public sealed class SubscriberImportTests : IAsyncLifetime
{
    private static readonly CultureInfo English = CultureInfo.GetCultureInfo("en");
    private static readonly CultureInfo Chinese = CultureInfo.GetCultureInfo("zh-CN");

    private PortalHost portal = null!;

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    private ImportSubscribers Import => portal.Services.GetRequiredService<ImportSubscribers>();

    private ExportSubscribers Export => portal.Services.GetRequiredService<ExportSubscribers>();

    public async ValueTask InitializeAsync() => portal = await PortalHost.StartAsync();

    public ValueTask DisposeAsync() => portal.DisposeAsync();

    [Fact]
    public async Task A_table_is_imported_and_importing_it_again_changes_nothing()
    {
        const string csv = """
            用户编号,统一社会信用代码,名称,类别,证书主题,经办人,联系电话,电子邮箱,身份核验日期
            ,12370100mb1234562c,云泽市图书馆,单位,,王秀兰,0000-1234 5678,wang@yunze.example,2022-01-31
            P-7,12370100MB1234562C,"李, 明",个人,"CN=李明,O=云泽市图书馆,C=CN",,,,2022/2/1
            """;
        var preview = await Import.PreviewAsync(Csv(csv), Cancel);
        Assert.Equal((2, 2, 0, 0, false), (preview.Rows, preview.Added, preview.Unchanged, preview.Wrong, preview.Written));
        Assert.Equal(0, await CountAsync());
        Assert.Equal((2, 0), await DoneAsync(csv, ImportMode.AllOrNothing));
        Assert.Equal((0, 2), await DoneAsync(csv, ImportMode.AllOrNothing));
        Assert.Equal((0, 2), await DoneAsync(csv, ImportMode.ValidRowsOnly));
        await using var db = await portal.DatabaseAsync();
        var library = await db.Subscribers.SingleAsync(s => s.StableId == "12370100MB1234562C", Cancel);
        Assert.Equal(("12370100MB1234562C", "王秀兰"), (library.CreditCode, library.ContactName));
        Assert.Equal("CN=云泽市图书馆,serialNumber=12370100MB1234562C,O=云泽市图书馆,C=CN", DistinguishedName.FromDer(library.Subject!).ToString(), ignoreCase: true);
        Assert.Equal(new DateTimeOffset(2022, 1, 31, 0, 0, 0, TimeSpan.Zero), library.IdentityProvedAt);
        Assert.Equal("李, 明", (await db.Subscribers.SingleAsync(s => s.StableId == "P-7", Cancel)).DisplayName);
        Assert.Equal(1, await db.Set<Rekey.Store.Audit.AuditEntryRow>().CountAsync(Cancel));
    }

    [Theory]
    [InlineData("id,name\n1,", ImportColumn.Name, RowFault.Missing)]
    [InlineData("id,name\n,云泽市图书馆", ImportColumn.Id, RowFault.NoIdentifier)]
    [InlineData("id,name,kind\n1,a,person\n2,b", null, RowFault.FieldCount)]
    [InlineData("id,name\n1,\"a", null, RowFault.OpenQuote)]
    [InlineData("id,name\n1,\"a\nb\"", ImportColumn.Name, RowFault.ControlCharacter)]
    [InlineData("id,name,kind\n1,a,company", ImportColumn.Kind, RowFault.Kind)]
    [InlineData("id,name,nameChecked\n1,a,perhaps", ImportColumn.NameChecked, RowFault.YesOrNo)]
    [InlineData("id,name,identityProved\n1,a,31.1.2022", ImportColumn.IdentityProved, RowFault.Date)]
    [InlineData("id,name,identityProved\n1,a,2030-01-01", ImportColumn.IdentityProved, RowFault.DateToCome)]
    [InlineData("id,name,email\n1,a,nobody", ImportColumn.Email, RowFault.Email)]
    [InlineData("id,name,email\n1,a,wang@yunzе.example", ImportColumn.Email, RowFault.Email)] // a Cyrillic е
    [InlineData("id,name,phone\n1,a,１２３４５", ImportColumn.Phone, RowFault.Phone)]
    [InlineData("id,name,subject\n1,a,nonsense", ImportColumn.Subject, RowFault.Subject)]
    [InlineData("id,name\n1,a\n1,b", ImportColumn.Id, RowFault.Doubled)]
    [InlineData("creditCode,name\n12370100MB1234562,a", ImportColumn.CreditCode, RowFault.CodeLength)]
    [InlineData("creditCode,name\n12370100MB1234562CC,a", ImportColumn.CreditCode, RowFault.CodeLength)]
    [InlineData("creditCode,name\n1237O100MB1234562C,a", ImportColumn.CreditCode, RowFault.CodeCharacter)]
    [InlineData("creditCode,name\n91990100MA00000161,a", ImportColumn.CreditCode, RowFault.CodeOrganisationCode)]
    [InlineData("creditCode,name\n12370100MB1234562D,a", ImportColumn.CreditCode, RowFault.CodeCheckCharacter)]
    [InlineData("id,name\n1,云泽市\u200B图书馆", ImportColumn.Name, RowFault.NameInvisible)]
    [InlineData("id,name\n1,云泽市第３中学", ImportColumn.Name, RowFault.NameFullWidth)]
    [InlineData("id,name\n1,云泽市⼯会", ImportColumn.Name, RowFault.NameLookAlike)] // a radical
    [InlineData("id,name\n1,云泽市ТСL科技", ImportColumn.Name, RowFault.NameMixed)] // Cyrillic letters
    [InlineData("id,name\n1,Yunze Βank", ImportColumn.Name, RowFault.NameMixed)] // a Greek letter
    [InlineData("id,name\n1,云泽市エ会", ImportColumn.Name, RowFault.NameMixed)] // Katakana
    [InlineData("id,name\n1,云泽市TCL科技", ImportColumn.Name, RowFault.NameLetters)]
    public async Task One_wrong_row_and_nothing_is_imported_but_the_other_rows_if_asked_for(string csv, ImportColumn? column, RowFault fault)
    {
        var all = await Import.ImportAsync(Csv(csv), ImportMode.AllOrNothing, "test", Cancel);
        var error = Assert.Single(all.Errors);
        Assert.Equal((column, fault), (error.Column, error.Fault));
        Assert.Equal((0, 1, false), (all.Added, all.Wrong, all.Written));
        Assert.Equal(0, await CountAsync());
        Assert.StartsWith($"第 {error.Row} 行", error.Text(Chinese), StringComparison.Ordinal);
        Assert.StartsWith($"Row {error.Row}", error.Text(English), StringComparison.Ordinal);
        Assert.DoesNotContain("…", $"{error.Text(Chinese)}{error.Text(English)}".Replace("CN=…,O=…", "", StringComparison.Ordinal), StringComparison.Ordinal);

        var valid = await Import.ImportAsync(Csv(csv), ImportMode.ValidRowsOnly, "test", Cancel);
        Assert.Equal((all.Rows - 1, 1, true), (valid.Added, valid.Wrong, valid.Written));
        Assert.Equal(all.Errors, valid.Errors);
        Assert.Equal(all.Rows - 1, await CountAsync());
    }

    [Fact]
    public async Task Letters_that_belong_to_a_name_are_let_through_once_they_were_compared()
    {
        Assert.Equal((3, 0), await DoneAsync("id,name,nameChecked\n1,云泽市TCL科技,yes\n2,Yunze Bank,\n3,艾合买提·买买提（云泽）,", ImportMode.AllOrNothing));
    }

    [Fact]
    public async Task Who_is_registered_is_not_changed_by_an_import()
    {
        await DoneAsync("id,name,phone\n1,云泽市图书馆,12345", ImportMode.AllOrNothing);
        const string other = "id,name,phone\n1,云泽市图书馆,54321\n2,云泽市美术馆,";
        var error = Assert.Single((await Import.ImportAsync(Csv(other), ImportMode.ValidRowsOnly, "test", Cancel)).Errors);
        Assert.Equal(new RowError(2, ImportColumn.Id, RowFault.RegisteredOtherwise, "Phone"), error);
        Assert.Contains("“联系电话”", error.Text(Chinese), StringComparison.Ordinal);
        await using var db = await portal.DatabaseAsync();
        Assert.Equal("12345", (await db.Subscribers.SingleAsync(s => s.StableId == "1", Cancel)).ContactPhone);
        Assert.Equal(2, await db.Subscribers.CountAsync(Cancel));
    }

    [Fact]
    public async Task An_import_that_was_stopped_goes_on_with_the_same_file_and_counts_each_row_once()
    {
        using var stopped = CancellationTokenSource.CreateLinkedTokenSource(Cancel);
        await using var db = await portal.DatabaseAsync();
        await using var table = new WatchedFile(Table(1200), () =>
        {
            if (db.Subscribers.Any())
            {
                stopped.Cancel();
            }
        });
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => Import.ImportAsync(table, ImportMode.ValidRowsOnly, "test", stopped.Token));
        Assert.Equal(SubscriberTable.RowsAtATime, await CountAsync());

        var rest = await Import.ImportAsync(table, ImportMode.ValidRowsOnly, "test", Cancel);
        Assert.Equal((1200, 1200, 0, 0), (rest.Rows, rest.Added, rest.Unchanged, rest.Wrong));
        Assert.Equal(1200, await CountAsync());
        var import = Assert.Single(await db.SubscriberImports.ToListAsync(Cancel));
        Assert.NotNull(import.EndedAt);
    }

    [Fact]
    public async Task The_same_file_sent_twice_at_once_registers_nobody_twice()
    {
        var bytes = Csv(Table(700)).ToArray();
        var reports = await Task.WhenAll(Enumerable.Range(0, 2).Select(_ => Task.Run(() => Import.ImportAsync(new MemoryStream(bytes), ImportMode.ValidRowsOnly, "test", Cancel), Cancel)));
        Assert.All(reports, r => Assert.Equal((700, 0), (r.Rows, r.Wrong)));
        Assert.Equal(700, await CountAsync());
    }

    [Theory]
    [InlineData(TableFormat.Csv, "zh-CN")]
    [InlineData(TableFormat.Xlsx, "en")]
    public async Task What_is_exported_is_imported_as_it_was(TableFormat format, string language)
    {
        await DoneAsync("""
            id,creditCode,name,nameChecked,kind,subject,contact,phone,email,identityProved
            L-1,12370100MB1234562C,云泽市TCL图书馆,yes,,,王秀兰,0000-1234 5678,wang@yunze.example,2022-01-31
            P-7,,"=1+1 ""A"", 李",yes,person,"CN=李明,O=云泽市图书馆,C=CN",-王,,,
            P-8,,'单引号,,person,,,,,
            """, ImportMode.AllOrNothing);
        using var file = new MemoryStream();
        await Export.WriteAsync(file, format, CultureInfo.GetCultureInfo(language), Cancel);
        if (format == TableFormat.Csv)
        {
            Assert.Contains(",\"'=1+1 \"\"A\"\", 李\",", Encoding.UTF8.GetString(file.ToArray()), StringComparison.Ordinal);
        }

        var again = await Import.PreviewAsync(file, Cancel);
        Assert.Empty(again.Errors);
        Assert.Equal((3, 0, 3), (again.Rows, again.Added, again.Unchanged));
    }

    [Theory]
    [InlineData(TableFormat.Csv)]
    [InlineData(TableFormat.Xlsx)]
    public async Task A_template_has_every_column_and_nobody_in_it(TableFormat format)
    {
        using var file = new MemoryStream();
        await ExportSubscribers.WriteTemplateAsync(file, format, Chinese, Cancel);
        Assert.Equal([.. ImportHeading.All.Select(h => h.Chinese)], Assert.Single(Sheet.Read(file)).Cells!.Select(c => c.Text.TrimStart('\uFEFF')));
        Assert.Equal(0, (await Import.PreviewAsync(file, Cancel)).Rows);
    }

    internal static string Table(int rows) => string.Join('\n', Enumerable.Range(1, rows).Select(i => $"U-{i},云泽市第{i}中学,王秀兰,0000-{i:D5},w{i}@yunze.example").Prepend("id,name,contact,phone,email"));

    private static MemoryStream Csv(string text) => new(Encoding.UTF8.GetBytes(text));

    private async Task<(int Added, int Unchanged)> DoneAsync(string csv, ImportMode mode)
    {
        var report = await Import.ImportAsync(Csv(csv), mode, "test", Cancel);
        Assert.Empty(report.Errors);
        return (report.Added, report.Unchanged);
    }

    private async Task<int> CountAsync()
    {
        await using var db = await portal.DatabaseAsync();
        return await db.Subscribers.CountAsync(Cancel);
    }
}
