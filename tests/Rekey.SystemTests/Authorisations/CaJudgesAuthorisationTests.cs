using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.DependencyInjection;
using Rekey.Ca.Revocation;
using Rekey.Contract.Download;
using Rekey.Pki.Certificates;
using Rekey.Pki.Cmp;
using Rekey.Ra.Subscribers;
using Rekey.SystemTests.Cmp;
using static Rekey.SystemTests.Authorisations.AuthorisationSite;
using CertificateState = Rekey.Ca.Certificates.CertificateState;

namespace Rekey.SystemTests.Authorisations;

/// <summary>The CA believes two people's signatures and a typed code, never the RA alone; and one authorisation brings one certificate.</summary>
public sealed class CaJudgesAuthorisationTests(AuthorisationSite site) : IClassFixture<AuthorisationSite>
{
    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Fact]
    public async Task One_authorisation_brings_one_certificate_and_its_confirmation_uses_it_up()
    {
        var evidence = await site.EvidenceAsync();
        using var client = new MacClient("download", "secret");
        var request = client.Request();
        var answer = await site.AskCaAsync(request, evidence);
        var issued = MacClient.Issued(answer);
        Assert.Equal(issued, MacClient.Issued(await site.AskCaAsync(request, evidence))); // a lost answer
        Assert.Equal(CmpBodyType.Confirmation, (await site.AskCaAsync(client.Confirm(answer), null)).Type);
        Assert.Equal(issued, MacClient.Issued(await site.AskCaAsync(request, evidence))); // still its own

        using var second = new MacClient("download", "secret");
        Assert.Contains("RK-3504", MacClient.Error(await site.AskCaAsync(second.Request(), evidence)).Text, StringComparison.Ordinal);
        await using var ca = await site.CaAsync();
        var subscriber = AuthorisationDocument.Parse(evidence.Document).SubscriberId;
        Assert.Equal(CertificateState.Confirmed, (await ca.Certificates.SingleAsync(c => c.SubscriberId == subscriber, Cancel)).State);
    }

    [Fact]
    public async Task A_key_that_came_to_nothing_makes_way_for_another_one()
    {
        var evidence = await site.EvidenceAsync();
        using var first = new MacClient("download", "secret");
        using var second = new MacClient("download", "secret");
        var lost = await site.AskCaAsync(first.Request(), evidence);
        var answer = await site.AskCaAsync(second.Request(), evidence);
        Assert.NotEqual(MacClient.Issued(lost), MacClient.Issued(answer));
        Assert.Contains("RK-3110", MacClient.Error(await site.AskCaAsync(first.Confirm(lost), null)).Text, StringComparison.Ordinal);
        Assert.Equal(CmpBodyType.Confirmation, (await site.AskCaAsync(second.Confirm(answer), null)).Type);
        await using var ca = await site.CaAsync();
        var subscriber = AuthorisationDocument.Parse(evidence.Document).SubscriberId;
        Assert.Equal(
            [CertificateState.Rejected, CertificateState.Confirmed],
            await ca.Certificates.Where(c => c.SubscriberId == subscriber).OrderBy(c => c.Id).Select(c => c.State).ToListAsync(Cancel));
    }

    [Fact]
    public async Task Without_one_nothing_is_issued() => await RefusedAsync(null, "demands an authorisation");

    [Fact]
    public async Task One_person_cannot_sign_for_two()
    {
        var evidence = await site.EvidenceAsync();
        await RefusedAsync(evidence with { CheckerSignature = evidence.MakerSignature }, "one person signed it twice");
        await RefusedAsync(evidence with { CheckerSignature = site.Sign(Maker, evidence.Document) }, "one person signed it twice");
        await RefusedAsync(evidence with { CheckerSignature = [] }, "does not verify");
    }

    [Fact]
    public async Task A_captured_ra_can_neither_edit_one_nor_use_one_whose_code_was_not_typed()
    {
        var evidence = await site.EvidenceAsync();
        var document = AuthorisationDocument.Parse(evidence.Document);
        await RefusedAsync(evidence with { Document = (document with { ExpiresAt = document.ExpiresAt.AddYears(1) }).Encode() }, "does not verify");
        await RefusedAsync(evidence with { Document = [.. evidence.Document, (byte)'\n'] }, "one form");
        await RefusedAsync(evidence with { CodeProof = new byte[32] }, "was not typed");
        await RefusedAsync(evidence, "another subscriber, subject or profile", s => s with { SubscriberId = "YZ-OTHER" });
        await RefusedAsync(evidence, "another subscriber, subject or profile", s => s with { Subject = Subscriber.PlainSubject("CN", "另一个", document.SubscriberId) });
        await RefusedAsync(evidence, "another number of certificates", change: null, document with { IsPair = true });
    }

    [Fact]
    public async Task Nobody_s_signature_counts_for_herself_and_only_those_count_whom_the_profile_names()
    {
        var evidence = await site.EvidenceAsync(Third); // made and checked by two others
        var own = evidence with { CheckerSignature = site.Sign(Third, evidence.Document) };
        await RefusedAsync(own, "its subscriber signed it");
        await using var ca = await site.CaAsync();
        var sha256 = Certificate.FromDer(site.CertificateOf(Checker)).Sha256;
        try
        {
            await SetProfileAsync("person-signing");
            await RefusedAsync(evidence, "authorises no");
        }
        finally
        {
            await SetProfileAsync("organisation-signing");
        }

        Task SetProfileAsync(string profile) => ca.Database.ExecuteSqlAsync($"update certificates set profile = {profile} where sha256 = {sha256}", Cancel);
    }

    [Fact]
    public async Task An_operator_whose_certificate_is_held_authorises_nothing_any_more()
    {
        var evidence = await site.EvidenceAsync();
        var change = site.Services.GetRequiredService<ChangeStatus>();
        var hold = new StatusChange(Certificate.FromDer(site.CertificateOf(Checker)).Sha256, StatusAction.Hold, "test");
        try
        {
            await change.RunAsync(hold, Cancel);
            await RefusedAsync(evidence, "not in use");
        }
        finally
        {
            await change.RunAsync(hold with { Action = StatusAction.Resume }, Cancel);
        }
    }

    [Fact]
    public async Task An_expired_one_is_refused_by_the_ca_s_own_clock()
    {
        var evidence = await site.EvidenceAsync();
        var document = AuthorisationDocument.Parse(evidence.Document) with { ExpiresAt = DateTimeOffset.FromUnixTimeSeconds(site.Time.GetUtcNow().AddHours(-2).ToUnixTimeSeconds()) };
        var octets = document.Encode();
        await RefusedAsync(evidence with { Document = octets, MakerSignature = site.Sign(Maker, octets), CheckerSignature = site.Sign(Checker, octets) }, "has expired");
    }

    private async Task RefusedAsync(AuthorisationEvidence? evidence, string why, Func<RaStatement, RaStatement>? change = null, AuthorisationDocument? other = null)
    {
        if (other is not null)
        {
            var octets = other.Encode();
            evidence = evidence! with { Document = octets, MakerSignature = site.Sign(Maker, octets), CheckerSignature = site.Sign(Checker, octets) };
        }

        using var client = new MacClient("download", "secret");
        var (_, text) = MacClient.Error(await site.AskCaAsync(client.Request(), evidence, change));
        Assert.Contains("RK-4012", text, StringComparison.Ordinal);
        Assert.Contains(why, text, StringComparison.Ordinal);
    }
}
