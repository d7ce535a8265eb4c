using System.Net;
using System.Text.RegularExpressions;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.DependencyInjection;
using Rekey.Contract.Download;
using Rekey.Contract.Problems;
using Rekey.Pki.Algorithms;
using Rekey.Pki.Certificates;
using Rekey.Pki.Documents;
using Rekey.Ra.Authorisations;
using Rekey.Ra.Operators;
using Rekey.Ra.Subscribers;
using Rekey.Testing.Login;
using Rekey.Testing.Pki;
using Rekey.Testing.Portal;

namespace Rekey.Tests.Web;

/// <summary>Two operators give a download authorisation at the console, each with a key of her own.</summary>
public sealed partial class AuthorisationPagesTests : IAsyncLifetime
{
    private const string List = "/console/authorisations";

    private readonly TestPki pki = new(now: DemoPki.Day("2026-11-24"));
    private PortalHost portal = null!;
    private (TestPki.Entity Key, ConsoleVisitor Visitor) maker;
    private (TestPki.Entity Key, ConsoleVisitor Visitor) checker;

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    public async ValueTask InitializeAsync()
    {
        portal = await PortalHost.StartAsync(operators: pki);
        maker = await OperatorAsync("张卫东", OperatorDuties.CardMaking);
        checker = await OperatorAsync("李晓燕", OperatorDuties.Review);
        await portal.RegisterAsync(portal.Pki.Issue("云泽市图书馆", DemoPki.Day("2020-01-01"), DemoPki.Day("2025-01-01")), subscriber: s => s.DisplayName = "云泽市图书馆");
    }

    public async ValueTask DisposeAsync()
    {
        maker.Visitor.Dispose();
        checker.Visitor.Dispose();
        await portal.DisposeAsync();
    }

    [Fact]
    public async Task One_makes_it_and_prints_the_letter_another_approves_and_the_codes_open_it()
    {
        var (id, reference, code, letter) = await MakeAsync();
        Assert.Contains("云泽市图书馆", letter, StringComparison.Ordinal);
        await SignAsync(maker, id);
        Assert.Contains("待批准", await maker.Visitor.PageAsync($"{List}/{id}"), StringComparison.Ordinal);
        Assert.Contains("由别人来批准", await maker.Visitor.PageAsync($"{List}/{id}"), StringComparison.Ordinal);
        Assert.Contains(reference, await checker.Visitor.PageAsync(List), StringComparison.Ordinal);

        var page = await checker.Visitor.PageAsync($"{List}/{id}");
        Assert.Contains("证书已到期 412 天", page, StringComparison.Ordinal);
        Assert.DoesNotContain(code.Reveal(), page, StringComparison.Ordinal);
        await SignAsync(checker, id);
        Assert.Contains("已批准", await checker.Visitor.PageAsync($"{List}/{id}"), StringComparison.Ordinal);

        var (opened, _) = await portal.Services.GetRequiredService<OpenAuthorisation>().OpenAsync(reference, code, Cancel);
        Assert.Equal(id, opened.Id);
        Assert.DoesNotContain(code.Reveal(), await maker.Visitor.PageAsync($"{List}/{id}"), StringComparison.Ordinal); // shown once
    }

    [Fact]
    public async Task The_maker_finds_no_way_to_approve_her_own_and_none_is_there()
    {
        var (id, _, _, _) = await MakeAsync();
        await SignAsync(maker, id);
        using var tried = await maker.Visitor.PostAsync($"{List}/{id}?handler=Sign");
        Assert.Equal(HttpStatusCode.Redirect, tried.StatusCode); // back to the page: there is nothing for her to sign
        await using var db = await portal.DatabaseAsync();
        Assert.Equal(AuthorisationState.Waiting, (await db.Authorisations.SingleAsync(a => a.Id == id, Cancel)).State);
    }

    [Fact]
    public async Task A_colleagues_signature_does_not_pass_for_ones_own()
    {
        var (id, _, _, _) = await MakeAsync();
        await SignAsync(maker, id);
        using var begun = await checker.Visitor.PostAsync($"{List}/{id}?handler=Sign");
        using var agent = new SoftwareAgent(portal.Address);
        await agent.AttachAsync(Launch(WebUtility.HtmlDecode(await begun.Content.ReadAsStringAsync(Cancel))));
        var wanted = await agent.DocumentAsync();
        var refusal = await Assert.ThrowsAsync<HttpRequestException>(() => agent.SignatureAsync(Sign(maker.Key, wanted.Document)));
        Assert.Equal("RK-3508", refusal.Message);
    }

    [Fact]
    public async Task It_is_refused_with_a_reason_and_then_opens_nothing()
    {
        var (id, reference, code, _) = await MakeAsync();
        await SignAsync(maker, id);
        Assert.Contains("拒绝这份授权？", await checker.Visitor.PageAsync($"{List}/{id}?ask=Refuse"), StringComparison.Ordinal);
        using var without = await checker.Visitor.PostAsync($"{List}/{id}?handler=Refuse", ("reason", " "));
        Assert.Equal(HttpStatusCode.BadRequest, without.StatusCode);
        using var refused = await checker.Visitor.PostAsync($"{List}/{id}?handler=Refuse", ("reason", "来函上是另一个人"));
        Assert.Equal(HttpStatusCode.Redirect, refused.StatusCode);
        Assert.Contains("来函上是另一个人", await maker.Visitor.PageAsync($"{List}/{id}"), StringComparison.Ordinal);
        var opened = await Assert.ThrowsAsync<ProblemException>(() => portal.Services.GetRequiredService<OpenAuthorisation>().OpenAsync(reference, code, Cancel));
        Assert.Equal(Problems.AuthorisationWithdrawn(), opened.Problem);
    }

    [Fact]
    public async Task A_wish_that_cannot_be_is_told_beside_what_was_typed()
    {
        using var answer = await maker.Visitor.PostAsync($"{List}/new", ("Subscriber", "nobody"), ("Profile", "default"), ("Reason", "证书已到期"), ("Days", "14"));
        Assert.Equal(HttpStatusCode.NotFound, answer.StatusCode);
        var page = WebUtility.HtmlDecode(await answer.Content.ReadAsStringAsync(Cancel));
        Assert.Contains("RK-3309", page, StringComparison.Ordinal);
        Assert.Contains("value=\"nobody\"", page, StringComparison.Ordinal);
        Assert.Contains("value=\"证书已到期\"", page, StringComparison.Ordinal);
    }

    [Fact]
    public async Task What_one_has_begun_is_on_nobody_elses_list()
    {
        var (id, reference, _, _) = await MakeAsync();
        Assert.Contains(reference, await maker.Visitor.PageAsync($"{List}?view=Mine"), StringComparison.Ordinal);
        foreach (var view in Enum.GetNames<AuthorisationView>())
        {
            Assert.DoesNotContain(reference, await checker.Visitor.PageAsync($"{List}?view={view}"), StringComparison.Ordinal);
        }

        using var asked = await checker.Visitor.GetAsync($"{List}/{id}");
        Assert.Equal(HttpStatusCode.NotFound, asked.StatusCode);
    }

    private async Task<(TestPki.Entity Key, ConsoleVisitor Visitor)> OperatorAsync(string name, OperatorDuties duties)
    {
        var key = pki.Issue($"CN={name}, O=云泽市政务服务管理局, C=CN", pki.Issuing, AlgorithmSuite.P256, ekus: [Oids.ClientAuth]);
        var person = await portal.RegisterAsync(key.Der, contact: null, subscriber: s => s.Kind = SubscriberKind.Person);
        await portal.Services.GetRequiredService<AppointOperator>().AppointAsync(person.Subscriber.StableId, new(OperatorRole.Operator, duties, OperatorScope.All), null, "test", Cancel);
        return (key, await ConsoleVisitor.LoggedInAsync(portal, person));
    }

    private async Task<(long Id, string Reference, AuthorisationCode Code, string Letter)> MakeAsync()
    {
        await using var db = await portal.DatabaseAsync();
        var holder = await db.Subscribers.SingleAsync(s => s.DisplayName == "云泽市图书馆", Cancel);
        using var answer = await maker.Visitor.PostAsync($"{List}/new", ("Subscriber", holder.StableId), ("Profile", "default"), ("Reason", "证书已到期 412 天"), ("Days", "14"));
        var letter = WebUtility.HtmlDecode(await answer.Content.ReadAsStringAsync(Cancel));
        Assert.True(answer.StatusCode == HttpStatusCode.OK, letter);
        Assert.True(answer.Headers.CacheControl?.NoStore);
        var id = long.Parse(FormOfOne().Match(letter).Groups[1].Value, System.Globalization.CultureInfo.InvariantCulture);
        Assert.Null(AuthorisationCode.Read(Code().Match(letter).Value, out var code));
        var reference = await db.Authorisations.Where(a => a.Id == id).Select(a => a.Reference).SingleAsync(Cancel);
        Assert.Contains(reference, letter, StringComparison.Ordinal);
        return (id, reference, code!, letter);
    }

    private async Task SignAsync((TestPki.Entity Key, ConsoleVisitor Visitor) person, long id)
    {
        using var begun = await person.Visitor.PostAsync($"{List}/{id}?handler=Sign");
        Assert.Equal(HttpStatusCode.OK, begun.StatusCode);
        using var agent = new SoftwareAgent(portal.Address);
        await agent.AttachAsync(Launch(WebUtility.HtmlDecode(await begun.Content.ReadAsStringAsync(Cancel))));
        var wanted = await agent.DocumentAsync();
        await agent.SignatureAsync(Sign(person.Key, wanted.Document));
        using var taken = await person.Visitor.PostAsync($"{List}/{id}?handler=Signed");
        Assert.True(taken.StatusCode == HttpStatusCode.Redirect, await taken.Content.ReadAsStringAsync(Cancel));
    }

    private byte[] Sign(TestPki.Entity key, string document) =>
        DocumentSignature.Create(Convert.FromBase64String(document), Certificate.FromDer(key.Der), key.Key, portal.Time.GetUtcNow());

    private static string Launch(string page) => LaunchLink().Match(page).Value;

    [GeneratedRegex(@"rekey://sign\?[^""]+")]
    private static partial Regex LaunchLink();

    [GeneratedRegex(@"/console/authorisations/(\d+)\?handler=Sign")]
    private static partial Regex FormOfOne();

    [GeneratedRegex("([2-9A-HJ-NP-Z]{4}-){3}[2-9A-HJ-NP-Z]{4}")]
    private static partial Regex Code();
}
