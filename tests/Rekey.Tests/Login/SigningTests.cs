using System.Text;
using Microsoft.Extensions.Time.Testing;
using Rekey.Contract.Bridge;
using Rekey.Login.Rendezvous;
using Rekey.Pki.Algorithms;
using Rekey.Pki.Certificates;
using Rekey.Pki.Documents;
using Rekey.Testing.Login;
using Rekey.Testing.Pki;

namespace Rekey.Tests.Login;

/// <summary>Signatures over HTTP, with a browser and an agent that do what they want.</summary>
public sealed class SigningTests : IAsyncLifetime
{
    private static readonly string[] ClientAuth = [Oids.ClientAuth];
    private static readonly byte[] Document = Encoding.UTF8.GetBytes("下载授权\n云泽市图书馆\n");

    private readonly FakeTimeProvider time = new(new(2026, 11, 27, 2, 0, 0, TimeSpan.Zero));
    private readonly TestPki pki;
    private LoginSite site = null!;
    private LoginBrowser browser = null!;
    private SoftwareAgent agent = null!;

    public SigningTests() => pki = new(now: time.GetUtcNow());

    private TestPki.Entity Holder => field ??= Issue("YZ-000123");

    public async ValueTask InitializeAsync()
    {
        site = await LoginSite.StartAsync(pki, time);
        site.ToSign = new("下载授权 20264471", Document, Certificate.FromDer(Holder.Der).Sha256, "approve:12");
        browser = new(site.Origin);
        agent = new(site.Origin);
    }

    public async ValueTask DisposeAsync()
    {
        agent.Dispose();
        browser.Dispose();
        await site.DisposeAsync();
    }

    [Fact]
    public async Task The_browser_that_began_takes_the_signature_once()
    {
        var started = await browser.StartSigningAsync();
        Assert.StartsWith("rekey://sign?", started.LaunchUri, StringComparison.Ordinal);
        Assert.Equal(SessionPurpose.Sign, (await agent.AttachAsync(started.LaunchUri)).Purpose);
        var wanted = await agent.DocumentAsync();
        Assert.Equal(site.ToSign!.Name, wanted.Name);
        Assert.Equal(Document, Convert.FromBase64String(wanted.Document));
        Assert.Equal("RK-2015", await browser.TakeSignatureAsync());

        var signature = Sign(Holder, Document);
        await agent.SignatureAsync(signature);
        await agent.SignatureAsync(Sign(Holder, Document)); // a repetition after a lost answer
        Assert.Contains(await browser.EventsAsync(), e => e is SignedEvent);
        Assert.Null(await browser.TakeSignatureAsync());
        Assert.Equal("RK-2001", await browser.TakeSignatureAsync()); // its cookie is gone
        var signed = Assert.Single(site.SignedDocuments);
        Assert.Equal("approve:12", signed.Tag);
        Assert.Equal(Document, signed.Document);
        Assert.Equal(signature, signed.Signature);
    }

    [Fact]
    public async Task Another_persons_signature_is_not_even_kept()
    {
        // Somebody passes her launch address on, to have a colleague sign for her.
        await agent.AttachAsync((await browser.StartSigningAsync()).LaunchUri);
        await RefusedAsync("RK-3508", () => agent.SignatureAsync(Sign(Issue("YZ-000456"), Document)));
        Assert.Equal("RK-2015", await browser.TakeSignatureAsync());
        Assert.DoesNotContain(await browser.EventsAsync(), e => e is SignedEvent);
    }

    [Fact]
    public async Task A_signature_under_something_else_is_refused()
    {
        await agent.AttachAsync((await browser.StartSigningAsync()).LaunchUri);
        await RefusedAsync("RK-3508", () => agent.SignatureAsync(Sign(Holder, [.. Document, 0])));
        await RefusedAsync("RK-3508", () => agent.SignatureAsync([1, 2, 3]));
    }

    [Fact]
    public async Task Another_browser_takes_nothing()
    {
        await agent.AttachAsync((await browser.StartSigningAsync()).LaunchUri);
        await agent.SignatureAsync(Sign(Holder, Document));
        using var other = new LoginBrowser(site.Origin);
        Assert.Equal("RK-2001", await other.TakeSignatureAsync());
        Assert.Null(await browser.TakeSignatureAsync());
    }

    [Fact]
    public async Task A_login_signs_no_document_and_a_signature_logs_nobody_in()
    {
        await agent.AttachAsync((await browser.StartSigningAsync()).LaunchUri);
        await RefusedAsync("RK-2015", agent.ChallengeAsync);

        using var second = new LoginBrowser(site.Origin);
        using var login = new SoftwareAgent(site.Origin);
        await login.AttachAsync((await second.StartAsync()).LaunchUri);
        await RefusedAsync("RK-2015", login.DocumentAsync);
        await RefusedAsync("RK-2015", () => login.SignatureAsync(Sign(Holder, Document)));
    }

    [Fact]
    public async Task After_a_quarter_of_an_hour_it_is_forgotten()
    {
        await agent.AttachAsync((await browser.StartSigningAsync()).LaunchUri);
        time.Advance(LoginAttempt.Lifetime + TimeSpan.FromSeconds(1));
        await RefusedAsync("RK-2001", agent.DocumentAsync);
        Assert.Equal("RK-2001", await browser.TakeSignatureAsync());
    }

    private static async Task RefusedAsync(string problem, Func<Task> act) =>
        Assert.Equal(problem, (await Assert.ThrowsAsync<HttpRequestException>(act)).Message);

    private byte[] Sign(TestPki.Entity person, byte[] document) => DocumentSignature.Create(document, Certificate.FromDer(person.Der), person.Key, time.GetUtcNow());

    private TestPki.Entity Issue(string id) =>
        pki.Issue($"CN=张伟, SERIALNUMBER={id}, C=CN", pki.Issuing, AlgorithmSuite.P256, ekus: ClientAuth);
}
