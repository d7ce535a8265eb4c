using System.Security.Cryptography;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Time.Testing;
using Rekey.Ca.Ceremony;
using Rekey.Ca.Configuration;
using Rekey.Ca.Revocation;
using Rekey.Pki.Algorithms;
using Rekey.Pki.Certificates;
using Rekey.Pki.Keys;
using Rekey.Store;
using Rekey.Store.Audit;
using Rekey.Store.Keys;
using Rekey.Testing;

namespace Rekey.SystemTests.Ca;

/// <summary>The root's next CRL, made while the CA runs and publishes.</summary>
public sealed class RootCrlTests : IAsyncLifetime
{
    // openssl judges by the real time, so the CA lives in it; it is moved only forward.
    private readonly FakeTimeProvider time = new(DateTimeOffset.UtcNow.AddDays(-300));
    private CaHost host = null!;

    private static CancellationToken Ct => TestContext.Current.CancellationToken;

    public async ValueTask InitializeAsync() => host = await CaHost.StartAsync(StoreEngine.Sqlite, time);

    public ValueTask DisposeAsync() => host.DisposeAsync();

    [Fact]
    public async Task The_next_CRL_has_the_next_number_and_openssl_accepts_chains_with_it()
    {
        var first = await PublishedAsync(_ => true);
        time.SetUtcNow(DateTimeOffset.UtcNow);

        var (file, made) = await MakeAsync(Order() with { Days = 400 });

        Assert.Equal(host.Ca.PathOf("crl", "root.crl"), file);
        Assert.Equal(first.Number + 1, made.Number);
        Assert.Equal(made.ThisUpdate.AddDays(400), made.NextUpdate);
        var published = await PublishedAsync(c => c.Number != first.Number);
        Assert.Equal(made.Encoded.ToArray(), published.Encoded.ToArray());
        Assert.Equal((await MakeAsync(Order())).Crl.Number, made.Number + 1);
        await VerifyAsync(accepted: true, "OK");
        if (!OperatingSystem.IsWindows())
        {
            Assert.True((File.GetUnixFileMode(file) & UnixFileMode.OtherRead) != 0); // the publisher may run as another user
        }

        await using var db = await host.Contexts.CreateDbContextAsync(Ct);
        Assert.Equal(2, await db.Set<AuditEntryRow>().CountAsync(e => e.Kind == "root-crl.issued", Ct));
    }

    [Fact]
    public async Task A_revoked_issuing_CA_is_on_it_and_stays_on_the_ones_after_it()
    {
        time.SetUtcNow(DateTimeOffset.UtcNow.AddHours(-1));
        await MakeAsync(Order() with { Revoke = new(Issuing.SerialHex, RevocationReason.CaCompromise) });
        time.Advance(TimeSpan.FromHours(1));
        var (_, crl) = await MakeAsync(Order());

        var entry = Assert.Single(crl.Entries);
        Assert.Equal((Issuing.SerialHex, (int)RevocationReason.CaCompromise), (entry.SerialHex, entry.Reason));
        Assert.Equal(crl.ThisUpdate.AddHours(-1), entry.RevokedAt);
        await VerifyAsync(accepted: false, "certificate revoked");

        var e = await Assert.ThrowsAsync<ConfigurationException>(() => MakeAsync(Order() with { Revoke = new(Issuing.SerialHex, RevocationReason.CaCompromise) }));
        Assert.Contains("is revoked since", e.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task What_does_not_fit_is_refused_and_leaves_the_CRL_alone()
    {
        var crl = await File.ReadAllBytesAsync(host.Ca.PathOf("crl", "root.crl"), Ct);

        var wrong = await Assert.ThrowsAsync<PrivateKeyException>(() => MakeAsync(Order() with { Passphrase = host.Ca.Options.Passphrase }));
        Assert.Contains("root.key: the passphrase is wrong", wrong.Message, StringComparison.Ordinal);
        await RefusedAsync(new(host.Ca.PathOf("keys", "issuing.key"), host.Ca.Options.Passphrase), "is not the key of a root");
        await RefusedAsync(Order() with { Revoke = new(Issuing.SerialHex, RevocationReason.CertificateHold) }, "not put on hold");
        await RefusedAsync(Order() with { Revoke = new(host.Ca.Authority.Cmp.Certificate.SerialHex, RevocationReason.KeyCompromise) }, "not the serial number of an issuing CA");
        Assert.Equal(crl, await File.ReadAllBytesAsync(host.Ca.PathOf("crl", "root.crl"), Ct));
    }

    [Fact]
    public async Task Without_the_last_CRL_there_is_no_next_one()
    {
        var file = host.Ca.PathOf("crl", "root.crl");
        using var other = SoftwareSigningKey.Generate(AlgorithmSuite.P256);
        var now = time.GetUtcNow();
        await File.WriteAllBytesAsync(file, CrlBuilder.Sign(new() { Number = 7, ThisUpdate = now, NextUpdate = now.AddDays(1), Entries = [] }, host.Ca.Authority.Anchors[0], other), Ct);
        await RefusedAsync(Order(), "is not a numbered CRL of");

        using var root = KeyFile.Read(host.Ca.PathOf("root", "root.key"), host.Ca.Options.RootPassphrase);
        await File.WriteAllBytesAsync(file, CrlBuilder.Sign(new() { Number = 7, ThisUpdate = now.AddDays(2), NextUpdate = now.AddDays(3), Entries = [] }, host.Ca.Authority.Anchors[0], root), Ct);
        await RefusedAsync(Order(), "set the clock");

        File.Delete(file);
        await RefusedAsync(Order(), "the publisher has it");
        Assert.False(File.Exists(file));
    }

    private Certificate Issuing => host.Ca.Authority.Issuers[0].Certificate;

    private RootCrlOrder Order() => new(host.Ca.PathOf("root", "root.key"), host.Ca.Options.RootPassphrase);

    private Task<(string File, CertificateRevocationList Crl)> MakeAsync(RootCrlOrder order) =>
        host.Services.GetRequiredService<IssueRootCrl>().RunAsync(order, "test", Ct);

    private async Task RefusedAsync(RootCrlOrder order, string words) =>
        Assert.Contains(words, (await Assert.ThrowsAsync<ConfigurationException>(() => MakeAsync(order))).Message, StringComparison.Ordinal);

    // What the publisher gives, within seconds, without a restart.
    private async Task<CertificateRevocationList> PublishedAsync(Func<CertificateRevocationList, bool> wanted, string name = "root")
    {
        for (var clock = System.Diagnostics.Stopwatch.StartNew(); ; await Task.Delay(50, Ct))
        {
            using var response = await host.Http.GetAsync($"/crl/{name}.crl", Ct);
            if (response.IsSuccessStatusCode && CertificateRevocationList.Read(await response.Content.ReadAsByteArrayAsync(Ct)) is var crl && wanted(crl))
            {
                return crl;
            }

            Assert.True(clock.Elapsed < TimeSpan.FromSeconds(30), $"{name}: still {response.StatusCode}");
        }
    }

    // A holder's certificate, verified with the published CRLs of the issuing CA and of the root.
    private async Task VerifyAsync(bool accepted, string words)
    {
        using var key = SoftwareSigningKey.Generate(AlgorithmSuite.P256);
        var leaf = host.Ca.PathOf("leaf.pem");
        await File.WriteAllTextAsync(leaf, host.Ca.IssuePerson(key.PublicKey).ToPem(), Ct);
        var number = CertificateRevocationList.Read(await File.ReadAllBytesAsync(host.Ca.PathOf("crl", "root.crl"), Ct)).Number;
        var root = await PublishedAsync(c => c.Number == number);
        var issuing = await PublishedAsync(c => c.NextUpdate > DateTimeOffset.UtcNow, "issuing");
        var crls = host.Ca.PathOf("crls.pem");
        await File.WriteAllTextAsync(crls, string.Concat(new[] { root, issuing }.Select(c => PemEncoding.WriteString("X509 CRL", c.Encoded.Span) + "\n")), Ct);

        var (exit, output) = await Command.RunAsync(
            "openssl", "crl", "-inform", "DER", "-in", host.Ca.PathOf("crl", "root.crl"), "-CAfile", host.Ca.PathOf("certificates", "root.pem"), "-noout");
        Assert.True(exit == 0 && output.Contains("verify OK", StringComparison.Ordinal), output);
        (exit, output) = await Command.RunAsync(
            "openssl", "verify", "-x509_strict", "-crl_check_all", "-CRLfile", crls, "-CAfile", host.Ca.PathOf("certificates", "root.pem"),
            "-untrusted", host.Ca.PathOf("certificates", "issuing.pem"), leaf);
        Assert.True(exit == 0 == accepted && output.Contains(words, StringComparison.Ordinal), output);
    }
}
