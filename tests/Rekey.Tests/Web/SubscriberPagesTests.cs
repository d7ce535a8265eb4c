using System.Net;
using System.Net.Http.Headers;
using System.Text;
using System.Text.RegularExpressions;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.DependencyInjection;
using Rekey.Ra.Operators;
using Rekey.Ra.Subscribers;
using Rekey.Ra.Subscribers.Import;
using Rekey.Store.Audit;
using Rekey.Testing.Portal;

namespace Rekey.Tests.Web;

/// <summary>The subscribers' pages as a browser without script gets them.</summary>
public sealed partial class SubscriberPagesTests : IAsyncLifetime
{
    private const string Code = "12370100MB1234562C";

    private PortalHost portal = null!;
    private ConsoleVisitor entry = null!;

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    public async ValueTask InitializeAsync()
    {
        portal = await PortalHost.StartAsync(operators: new());
        entry = await ConsoleVisitor.LoggedInAsync(portal, await portal.AppointAsync("李晓燕", OperatorRole.Operator, OperatorDuties.Entry));
    }

    public async ValueTask DisposeAsync()
    {
        entry.Dispose();
        await portal.DisposeAsync();
    }

    [Fact]
    public async Task A_list_is_searched_sorted_paged_and_kept_by_its_address_alone()
    {
        await ImportAsync(string.Join('\n', Enumerable.Range(1, 60).Select(i => $"U-{i:D3},云泽市第{i:D3}中学").Prepend("id,name")));
        var page = await entry.PageAsync("/console/subscribers?q=中学&sort=name");
        Assert.Contains("共 60 个", page, StringComparison.Ordinal);
        Assert.Equal(25, Rows().Count(page));
        var next = Next().Match(page).Groups[1].Value;
        Assert.Contains("q=", next, StringComparison.Ordinal);
        var second = await entry.PageAsync(next);
        Assert.Contains("云泽市第026中学", second, StringComparison.Ordinal);
        var back = await entry.PageAsync(Previous().Match(second).Groups[1].Value);
        Assert.Contains("云泽市第001中学", back, StringComparison.Ordinal);
        Assert.Contains("云泽市第060中学", await entry.PageAsync("/console/subscribers?q=中学&sort=name&desc=1"), StringComparison.Ordinal);
        Assert.Contains("没有一行符合上面的全部条件", await entry.PageAsync("/console/subscribers?q=档案馆"), StringComparison.Ordinal);
        // What nobody offers is not there.
        Assert.Contains("云泽市第001中学", await entry.PageAsync("/console/subscribers?q=中学&sort=secret&size=100000&at=x&state='"), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_part_of_the_page_is_enough_for_htmx_and_markup_in_names_is_none()
    {
        await ImportAsync("id,name,nameChecked\nX-1,<b>一</b>中学,yes\nX-2,\"中学<script src=\"\"https://evil.example\"\"></script>\",yes");
        using var request = new HttpRequestMessage(HttpMethod.Get, portal.Address + "/console/subscribers?q=中学");
        request.Headers.Add("HX-Request", "true");
        request.Headers.Add("Cookie", string.Join("; ", entry.Cookies.GetCookies(entry.Origin).Select(c => $"{c.Name}={c.Value}")));
        using var http = new HttpClient(new SocketsHttpHandler { UseCookies = false });
        using var response = await http.SendAsync(request, Cancel);
        var part = await response.Content.ReadAsStringAsync(Cancel);
        Assert.StartsWith("<div id=\"grid\"", part.TrimStart(), StringComparison.Ordinal);
        Assert.DoesNotContain("<html", part, StringComparison.Ordinal);
        Assert.Contains("&lt;b&gt;", part, StringComparison.Ordinal);
        Assert.DoesNotContain("<script", part, StringComparison.Ordinal);
        Assert.Contains("HX-Request", response.Headers.Vary);
    }

    [Fact]
    public async Task Chips_find_by_expiry_and_a_page_of_one_shows_her_certificates()
    {
        await HolderAsync("云泽市图书馆", "2026-12-26");
        await HolderAsync("云泽市水利局", "2026-10-01");
        await HolderAsync("云泽市博物馆", "2025-10-01");
        await HolderAsync("云泽市体育馆", "2029-10-01");
        foreach (var (due, name) in new[] { ("90", "云泽市图书馆"), ("late", "云泽市水利局"), ("shut", "云泽市博物馆") })
        {
            var found = Names().Matches(await entry.PageAsync($"/console/subscribers?due={due}")).Select(m => m.Groups[2].Value).ToList();
            Assert.Equal([name], found);
        }

        var one = await entry.PageAsync(Names().Match(await entry.PageAsync("/console/subscribers?q=图书馆")).Groups[1].Value);
        Assert.Contains("第 1 代", one, StringComparison.Ordinal);
        Assert.Contains("2022-01-01 – 2026-12-26", one, StringComparison.Ordinal);
        Assert.Contains("可更新", one, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Registering_and_editing_check_as_imports_do_and_nobody_overwrites_what_she_has_not_seen()
    {
        using var wrong = await entry.PostAsync("/console/subscribers/new", ("Name", "云泽市图书馆"), ("Code", "12370100MB1234562D"), ("Contact", "王秀兰"));
        Assert.Equal(HttpStatusCode.BadRequest, wrong.StatusCode);
        var form = WebUtility.HtmlDecode(await wrong.Content.ReadAsStringAsync(Cancel));
        Assert.Contains("有 1 项要改", form, StringComparison.Ordinal);
        Assert.Contains("王秀兰", form, StringComparison.Ordinal); // what was typed stays
        using var made = await entry.PostAsync("/console/subscribers/new", ("Name", "云泽市图书馆"), ("Code", Code), ("Contact", "王秀兰"));
        Assert.Equal($"/console/subscribers/one?id={Code}", made.Headers.Location!.ToString());
        using var twice = await entry.PostAsync("/console/subscribers/new", ("Name", "云泽市图书馆"), ("Code", Code));
        Assert.Contains("这个用户编号已经登记过", WebUtility.HtmlDecode(await twice.Content.ReadAsStringAsync(Cancel)), StringComparison.Ordinal);

        using var homoglyph = await entry.PostAsync($"/console/subscribers/edit?id={Code}", ("version", "0"), ("Name", "云泽市图书馆А"), ("Code", Code));
        Assert.Equal(HttpStatusCode.BadRequest, homoglyph.StatusCode);
        using var first = await entry.PostAsync($"/console/subscribers/edit?id={Code}", ("version", "0"), ("Name", "云泽市博物馆"), ("Code", Code));
        Assert.Equal(HttpStatusCode.Redirect, first.StatusCode);
        using var late = await entry.PostAsync($"/console/subscribers/edit?id={Code}", ("version", "0"), ("Name", "云泽市档案馆"), ("Code", Code));
        Assert.Equal(HttpStatusCode.Conflict, late.StatusCode);
        var conflict = WebUtility.HtmlDecode(await late.Content.ReadAsStringAsync(Cancel));
        Assert.Contains("<del>云泽市图书馆</del> → <ins>云泽市博物馆</ins>", conflict, StringComparison.Ordinal);
        Assert.Contains("value=\"云泽市档案馆\"", conflict, StringComparison.Ordinal);
        using var again = await entry.PostAsync($"/console/subscribers/edit?id={Code}", ("version", Version().Match(conflict).Groups[1].Value), ("Name", "云泽市档案馆"), ("Code", Code));
        Assert.Equal(HttpStatusCode.Redirect, again.StatusCode);
        Assert.Equal(["subscriber.registered", "subscriber.edited", "subscriber.edited"], (await portal.AuditAsync($"subscriber:{Code}")).Select(e => e.Kind));
    }

    [Fact]
    public async Task An_import_is_checked_then_run_and_a_second_click_registers_nobody_twice()
    {
        const string table = "creditCode,name\n" + Code + ",云泽市图书馆\n12370100MB1234562D,云泽市水利局";
        var address = await UploadAsync(table);
        var found = await entry.PageAsync(address);
        Assert.Contains("可以导入 1 行", found, StringComparison.Ordinal);
        Assert.Contains("有错 1 行", found, StringComparison.Ordinal);
        Assert.Contains("第 3 行“统一社会信用代码”", found, StringComparison.Ordinal);
        Assert.Equal(0, await CountAsync("云泽市图书馆"));
        var id = address[(address.IndexOf('=', StringComparison.Ordinal) + 1)..];
        for (var click = 0; click < 2; click++)
        {
            using var run = await entry.PostAsync("/console/subscribers/import?handler=Run", ("upload", id), ("mode", "valid"));
            Assert.Contains("已导入", WebUtility.HtmlDecode(await run.Content.ReadAsStringAsync(Cancel)), StringComparison.Ordinal);
        }

        Assert.Equal(1, await CountAsync("云泽市图书馆"));
        using var other = await ConsoleVisitor.LoggedInAsync(portal, await portal.AppointAsync("张卫东", OperatorRole.Operator, OperatorDuties.Entry));
        Assert.DoesNotContain("可以导入", await other.PageAsync(address), StringComparison.Ordinal); // another one's table
        Assert.Contains("RK-33", await entry.PageAsync(await UploadAsync("nonsense\n1")), StringComparison.Ordinal);
        using var template = await entry.GetAsync("/console/subscribers/import?handler=Template&format=csv");
        Assert.StartsWith("用户编号,统一社会信用代码,名称", await template.Content.ReadAsStringAsync(Cancel), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_scope_holds_for_lists_files_pages_edits_and_imports()
    {
        await ImportAsync($"creditCode,name\n{Code},云泽市图书馆");
        await ImportAsync("id,name\nU-9,北岗区图书馆");
        using var scoped = await ConsoleVisitor.LoggedInAsync(portal, await portal.AppointAsync("马会敏", OperatorRole.Operator, OperatorDuties.Entry, "3701"));
        Assert.Equal(["云泽市图书馆"], Names().Matches(await scoped.PageAsync("/console/subscribers?q=图书馆")).Select(m => m.Groups[2].Value));
        using var file = await scoped.GetAsync("/console/subscribers?q=图书馆&handler=Export&format=csv");
        Assert.DoesNotContain("北岗区", await file.Content.ReadAsStringAsync(Cancel), StringComparison.Ordinal);
        using var stranger = await scoped.GetAsync("/console/subscribers/one?id=U-9");
        Assert.Equal(HttpStatusCode.NotFound, stranger.StatusCode);
        using var edit = await scoped.PostAsync("/console/subscribers/edit?id=U-9", ("version", "0"), ("Name", "x"));
        Assert.Equal(HttpStatusCode.NotFound, edit.StatusCode);
        using var away = await scoped.PostAsync($"/console/subscribers/edit?id={Code}", ("version", "0"), ("Name", "云泽市图书馆"));
        Assert.Contains("不在您的业务范围内", WebUtility.HtmlDecode(await away.Content.ReadAsStringAsync(Cancel)), StringComparison.Ordinal);
        using var outside = await scoped.PostAsync("/console/subscribers/new", ("Id", "U-10"), ("Name", "北岗区体育馆"));
        Assert.Equal(HttpStatusCode.BadRequest, outside.StatusCode);
        Assert.Equal(0, await CountAsync("北岗区体育馆"));
    }

    [Fact]
    public async Task A_list_becomes_a_file_without_formulas_and_the_log_says_who_took_it()
    {
        await ImportAsync("id,name,phone\nF-1,=HYPERLINK(1),\nF-2,云泽市图书馆,0000-1234");
        using var file = await entry.GetAsync("/console/subscribers?sort=name&handler=Export&format=csv");
        Assert.Equal("attachment", file.Content.Headers.ContentDisposition!.DispositionType);
        var text = await file.Content.ReadAsStringAsync(Cancel);
        Assert.Contains("F-1,,'=HYPERLINK(1),", text, StringComparison.Ordinal);
        Assert.Contains("F-2,,云泽市图书馆,单位,没有证书,,0000-1234", text, StringComparison.Ordinal);
        using var xlsx = await entry.GetAsync("/console/subscribers?handler=Export&format=xlsx");
        Assert.Equal((byte)'P', (await xlsx.Content.ReadAsByteArrayAsync(Cancel))[0]);
        await using var db = await portal.DatabaseAsync();
        Assert.Equal(2, await db.Set<AuditEntryRow>().CountAsync(e => e.Kind == "subscribers.exported", Cancel));
    }

    [Fact]
    public async Task Filters_are_kept_for_their_owner_alone()
    {
        using var save = await entry.PostAsync("/console/subscribers?handler=Save", ("name", "快到期的医院"), ("query", "?q=医院&due=90&at=somewhere&evil=//x"));
        Assert.Equal("/console/subscribers?q=%E5%8C%BB%E9%99%A2&due=90", save.Headers.Location!.ToString());
        var page = await entry.PageAsync("/console/subscribers");
        Assert.Contains("快到期的医院", page, StringComparison.Ordinal);
        var id = Regex.Match(page, "name=\"filter\" value=\"(\\d+)\"").Groups[1].Value;
        using var other = await ConsoleVisitor.LoggedInAsync(portal, await portal.AppointAsync("张卫东", OperatorRole.Auditor));
        Assert.DoesNotContain("快到期的医院", await other.PageAsync("/console/subscribers"), StringComparison.Ordinal);
        using var theirs = await other.PostAsync("/console/subscribers?handler=Forget", ("filter", id));
        Assert.Contains("快到期的医院", await entry.PageAsync("/console/subscribers"), StringComparison.Ordinal);
        using var forget = await entry.PostAsync("/console/subscribers?handler=Forget", ("filter", id));
        Assert.DoesNotContain("快到期的医院", await entry.PageAsync("/console/subscribers"), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Pages_are_in_both_languages_with_nothing_inline()
    {
        await HolderAsync("Yunze Library", "2026-12-26");
        var id = Names().Match(await entry.PageAsync("/console/subscribers?q=yunze")).Groups[1].Value;
        entry.Cookies.Add(entry.Origin, new Cookie(".AspNetCore.Culture", Uri.EscapeDataString("c=en|uic=en")));
        foreach (var path in new[] { "/console/subscribers?q=yunze", "/console/subscribers/new", "/console/subscribers/import", id, id.Replace("/one?", "/edit?", StringComparison.Ordinal) })
        {
            var page = await entry.PageAsync(path);
            Assert.DoesNotMatch(@"\sstyle=|<style|\son[a-z]+=|<script(?![^>]*\ssrc=)|javascript:", page);
            var main = page[page.IndexOf("<main", StringComparison.Ordinal)..];
            // Names of people stay Chinese, and say so.
            Assert.DoesNotMatch(@"\p{IsCJKUnifiedIdeographs}", Marked().Replace(main, ""));
        }
    }

    private Task<RegisteredCertificate> HolderAsync(string name, string expires) => portal.RegisterAsync(portal.Pki.Issue(name, DemoPki.Day("2022-01-01"), DemoPki.Day(expires)));

    private async Task ImportAsync(string csv)
    {
        var import = portal.Services.GetRequiredService<ImportSubscribers>();
        Assert.True((await import.ImportAsync(new MemoryStream(Encoding.UTF8.GetBytes(csv)), ImportMode.AllOrNothing, "test", Cancel)).Written);
    }

    private async Task<int> CountAsync(string name)
    {
        await using var db = await portal.DatabaseAsync();
        return await db.Subscribers.CountAsync(s => s.DisplayName == name, Cancel);
    }

    private async Task<string> UploadAsync(string csv)
    {
        using var body = new MultipartFormDataContent();
        using var file = new ByteArrayContent(Encoding.UTF8.GetBytes(csv)) { Headers = { ContentType = new MediaTypeHeaderValue("text/csv") } };
        body.Add(new StringContent(await entry.TokenAsync()), "__RequestVerificationToken");
        body.Add(file, "table", "新增单位.csv");
        using var http = new HttpClient(new SocketsHttpHandler { CookieContainer = entry.Cookies, AllowAutoRedirect = false });
        using var response = await http.PostAsync(portal.Address + "/console/subscribers/import", body, Cancel);
        Assert.Equal(HttpStatusCode.Redirect, response.StatusCode);
        return response.Headers.Location!.ToString();
    }

    [GeneratedRegex("<input[^>]*lang=\"zh-CN\"[^>]*>|<(\\w+)[^>]*lang=\"zh-CN\"[^>]*>.*?</\\1>", RegexOptions.Singleline)]
    private static partial Regex Marked();

    [GeneratedRegex("<a data-row ")]
    private static partial Regex Rows();

    [GeneratedRegex("<a data-row href=\"([^\"]+)\"[^>]*><b>([^<]+)</b>")]
    private static partial Regex Names();

    [GeneratedRegex("href=\"([^\"]+)\" rel=\"next\"")]
    private static partial Regex Next();

    [GeneratedRegex("href=\"([^\"]+)\" rel=\"prev\"")]
    private static partial Regex Previous();

    [GeneratedRegex("name=\"version\" value=\"(\\d+)\"")]
    private static partial Regex Version();
}
