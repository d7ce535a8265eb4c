using System.Security.Cryptography;
using Microsoft.EntityFrameworkCore;
using Rekey.Pki.Certificates;
using Rekey.SystemTests.Faults;
using Rekey.Testing.Faults;
using CaState = Rekey.Ca.Certificates.CertificateState;

namespace Rekey.SystemTests.Cmp;

/// <summary>OpenSSL's client with a reference whose request a person approves, by the commands, while it polls.</summary>
public sealed class PollingTests(PollingSite site) : IClassFixture<PollingSite>, IDisposable
{
    private readonly OpenSslClient openssl = new();

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    public void Dispose() => openssl.Dispose();

    [Theory]
    [InlineData("ir", "IP")]
    [InlineData("cr", "CP")]
    [InlineData("p10cr", "CP")]
    public async Task A_request_waits_until_a_person_approves_it(string command, string response)
    {
        var (reference, secret) = await site.ReferenceByCommandAsync($"YZ80-{command}");
        await openssl.NewKeyAsync("k");
        OpenSslClient.Require(await openssl.RunAsync("req", "-new", "-key", openssl.File("k.key"), "-subj", "/CN=x", "-out", openssl.File("k.csr")));
        var client = command == "p10cr"
            ? openssl.RunAsync([.. Common(command, reference, secret), "-csr", openssl.File("k.csr")])
            : openssl.RunAsync([.. Common(command, reference, secret), "-newkey", openssl.File("k.key"), "-subject", "/CN=x"]);
        await site.WaitingAsync(reference, client);

        var shown = await site.RekeyAsync("ra", "waiting");
        Assert.Contains($"{reference}  YZ80-{command}  {PollingSite.Name}", shown, StringComparison.Ordinal);
        OpenSslClient.Require(await openssl.RunAsync("pkey", "-in", openssl.File("k.key"), "-pubout", "-outform", "DER", "-out", openssl.File("k.pub")));
        var hash = Convert.ToHexStringLower(SHA256.HashData(await File.ReadAllBytesAsync(openssl.File("k.pub"), Cancel)));
        Assert.Contains("key      P-256  SHA-256 " + string.Join(' ', hash.Chunk(4).Select(c => new string(c))), shown, StringComparison.Ordinal);
        await using (var ca = await site.CaAsync())
        {
            Assert.False(await ca.Certificates.AnyAsync(c => c.SubscriberId == $"YZ80-{command}", Cancel));
        }

        Assert.Equal($"Approved {reference}.\n", await site.RekeyAsync("ra", "approve", reference));

        var (code, output) = await client;
        Assert.True(code == 0, output);
        Assert.Contains($"received {response}", output, StringComparison.Ordinal);
        Assert.Contains("received POLLREP", output, StringComparison.Ordinal);
        Assert.Contains("received PKICONF", output, StringComparison.Ordinal);
        var issued = Certificate.FromDer(openssl.Certificate("mac.crt"));
        Assert.Equal($"YZ80-{command}", issued.Subject.Find(Oids.SubjectSerialNumber));
        Assert.Equal(await File.ReadAllBytesAsync(openssl.File("k.pub"), Cancel), issued.Spki.ToArray());
        await using (var ca = await site.CaAsync())
        {
            Assert.Equal(CaState.Confirmed, await ca.Certificates.Where(c => c.Sha256 == issued.Sha256).Select(c => c.State).SingleAsync(Cancel));
        }

        Assert.Equal(["reference.made", "reference.waiting", "reference.approved", "reference.spent"], await site.AuditAsync(reference));
        Assert.DoesNotContain(reference, await site.RekeyAsync("ra", "waiting"), StringComparison.Ordinal);
        Found.Nothing(await StoreInvariants.BrokenAsync(site.View(), $"YZ80-{command}"));
    }

    [Fact]
    public async Task A_refused_request_ends_with_the_reason_and_closes_the_reference()
    {
        var (reference, secret) = await site.ReferenceAsync("YZ8100");
        await openssl.NewKeyAsync("k");
        var client = IrAsync(reference, secret, "k");
        await site.WaitingAsync(reference, client);

        await site.RekeyAsync("ra", "refuse", reference, "--reason", "the caller named another key");

        var (code, output) = await client;
        AssertRefused(code, output);
        Assert.Equal(["reference.waiting", "reference.refused"], await site.AuditAsync(reference));
        (code, output) = await IrAsync(reference, secret, "k");
        AssertRefused(code, output);
        Assert.DoesNotContain("POLLREP", output, StringComparison.Ordinal);
        Assert.Contains("refused before", await WrongAsync("approve", reference), StringComparison.Ordinal);

        static void AssertRefused(int code, string output)
        {
            Assert.NotEqual(0, code);
            Assert.Contains("notAuthorized", output, StringComparison.Ordinal);
            Assert.Contains("the caller named another key", output, StringComparison.Ordinal);
        }
    }

    [Fact]
    public async Task A_client_that_starts_again_goes_on_with_its_key_and_with_no_other()
    {
        var (reference, secret) = await site.ReferenceAsync("YZ8200");
        await openssl.NewKeyAsync("k");
        await openssl.NewKeyAsync("other");
        var stopped = IrAsync(reference, secret, "k", "-total_timeout", "2");
        var first = await site.WaitingAsync(reference, stopped);
        Assert.NotEqual(0, (await stopped).Code);

        var (code, output) = await IrAsync(reference, secret, "other", "-unprotected_errors");
        Assert.NotEqual(0, code);
        Assert.Contains("another key", output, StringComparison.Ordinal);
        var again = IrAsync(reference, secret, "k");
        await site.WaitingAsync(reference, again, after: first);
        await site.RekeyAsync("ra", "approve", reference);

        OpenSslClient.Require(await again);
        Assert.Equal(
            ["reference.waiting", "reference.waiting", "reference.approved", "reference.spent"], await site.AuditAsync(reference));

        // Once more, in a new transaction and without waiting: the same certificate (R3).
        var issued = openssl.Certificate("mac.crt");
        (code, output) = await IrAsync(reference, secret, "k");
        Assert.True(code == 0, output);
        Assert.DoesNotContain("POLLREP", output, StringComparison.Ordinal);
        Assert.Equal(issued, openssl.Certificate("mac.crt"));
        Found.Nothing(await StoreInvariants.BrokenAsync(site.View(), "YZ8200"));
    }

    [Fact]
    public async Task A_decision_that_cannot_be_made_is_answered_with_the_reason()
    {
        var (ordinary, _) = await site.ReferenceAsync("YZ8300", byHand: false);
        var (waiting, _) = await site.ReferenceAsync("YZ8301");
        Assert.Contains("there is no reference 42", await WrongAsync("approve", "42"), StringComparison.Ordinal);
        Assert.Contains($"nothing waits under reference {ordinary}", await WrongAsync("refuse", ordinary), StringComparison.Ordinal);
        Assert.Contains($"nothing waits under reference {waiting}", await WrongAsync("approve", waiting), StringComparison.Ordinal);
        Assert.Contains("a reason is one line", await WrongAsync("refuse", waiting, "--reason", new string('x', 201)), StringComparison.Ordinal);
    }

    private async Task<string> WrongAsync(string command, params string[] arguments)
    {
        var (code, output) = await site.TryRekeyAsync(["ra", command, .. arguments]);
        Assert.Equal(78, code);
        return output;
    }

    private Task<(int Code, string Output)> IrAsync(string reference, string secret, string key, params string[] more) =>
        openssl.RunAsync([.. Common("ir", reference, secret), "-newkey", openssl.File($"{key}.key"), "-subject", "/CN=x", .. more]);

    private string[] Common(string command, string reference, string secret) =>
    [
        "cmp", "-config", "", "-cmd", command, "-server", new Uri(site.Portal, "/.well-known/cmp").ToString(), "-ref", reference,
        "-secret", $"pass:{secret}", "-mac", "hmacWithSHA256", "-recipient", "/CN=CA", "-certout", openssl.File("mac.crt"),
    ];
}
