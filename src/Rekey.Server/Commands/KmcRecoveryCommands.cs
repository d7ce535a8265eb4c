using System.CommandLine;
using System.Security.Cryptography;
using Rekey.Ca.Configuration;
using Rekey.Kmc.Recovery;
using Rekey.Pki.Algorithms;
using Rekey.Pki.Certificates;
using Rekey.Server.Serving;
using Rekey.Store.Keys;
using Rekey.Tokens;
using Rekey.Tokens.Hsm;

namespace Rekey.Server.Commands;

/// <summary><c>rekey kmc recover order|sign|run</c>: an order is a file, and so is each signature under it; who signs needs no access to the centre.</summary>
internal static class KmcRecoveryCommands
{
    private static readonly int MostHours = (int)RecoveryOrder.Longest.TotalHours;

    public static Command Create() => new("recover", "Recover an encryption key, ordered by several persons.") { Order(), Sign(), Run() };

    private static Command Order()
    {
        var subscriber = new Option<string>("--subscriber") { Description = "Stable identifier of the subscriber", Required = true };
        var key = new Option<string>("--key") { Description = "Number of the key (rekey kmc keys)", Required = true };
        var request = new Option<string?>("--request") { Description = "For a holder: the holder's own request (CMP, DER), which names the new token's key" };
        var carrier = new Option<string?>("--carrier") { Description = "For a court: certificate of the carrier" };
        var reason = new Option<string>("--reason") { Description = "Why, and by whose decision; one line", Required = true };
        var hours = new Option<int>("--hours") { Description = "Validity, at most 168", DefaultValueFactory = _ => 48 };
        var target = new Option<string>("--out") { Description = "File to write; must not exist", Required = true };
        var command = new Command("order", "Write an order of recovery, to be signed.") { subscriber, key, request, carrier, reason, hours, target };
        command.SetAction(parsed =>
        {
            var (from, file) = (parsed.GetValue(request), parsed.GetValue(carrier));
            if (from is null == file is null)
            {
                throw new ConfigurationException("either --request or --carrier says what the key is recovered to");
            }

            if (parsed.GetValue(hours) < 1 || parsed.GetValue(hours) > MostHours)
            {
                throw new ConfigurationException($"--hours is from 1 to {MostHours}");
            }

            var now = TimeProvider.System.GetUtcNow();
            now = now.AddTicks(-(now.Ticks % TimeSpan.TicksPerSecond));
            var order = new RecoveryOrder(
                RandomNumberGenerator.GetBytes(16), from is null ? RecoveryKind.Judicial : RecoveryKind.Holder, parsed.GetValue(subscriber)!, Guid.ParseExact(parsed.GetValue(key)!, "N"),
                SHA256.HashData(Target(from ?? file!)), parsed.GetValue(reason)!, now, now.AddHours(parsed.GetValue(hours)));
            RecoveryOrder.Parse(order.ToOctets()); // a name or reason that would say something else
            using var output = new FileStream(parsed.GetValue(target)!, FileMode.CreateNew, FileAccess.Write);
            output.Write(order.ToOctets());
            return 0;
        });
        return command;
    }

    private static Command Sign()
    {
        var order = new Option<string>("--order") { Description = "The order", Required = true };
        var certificate = new Option<string>("--certificate") { Description = "The signer's certificate", Required = true };
        var key = new Option<string?>("--key") { Description = "Its key, where it is in an encrypted file" };
        var passphrase = new Option<string?>("--passphrase-file") { Description = "File (mode 0600) with the passphrase of that file" };
        var token = new HsmOptions("the signer's key is", typed: true);
        var target = new Option<string>("--out") { Description = "File to write; must not exist", Required = true };
        var command = new Command("sign", "Sign an order of recovery with one's own token. Read it first.") { order, certificate, key, passphrase, target };
        token.AddTo(command);
        command.SetAction(parsed =>
        {
            var what = RecoveryOrder.Parse(File.ReadAllBytes(parsed.GetValue(order)!));
            var signer = Parts.Read(parsed.GetValue(certificate)!);
            parsed.Say(System.Text.Encoding.UTF8.GetString(what.ToOctets()));
            var signature = token.Read(parsed) is { } hsm ? OnToken(what, signer, hsm) : InFile(what, signer, parsed.GetValue(key), parsed.GetValue(passphrase));
            using var output = new StreamWriter(new FileStream(parsed.GetValue(target)!, FileMode.CreateNew, FileAccess.Write));
            output.Write(signature.ToPem());
            return 0;
        });
        return command;
    }

    private static Command Run()
    {
        var directory = CommonOptions.Directory();
        var order = new Option<string>("--order") { Description = "The order", Required = true };
        var named = new Option<string>("--target") { Description = "The holder's request or the carrier's certificate that the order names", Required = true };
        var signatures = new Option<string[]>("--signature") { Description = "Signatures under the order", Required = true, AllowMultipleArgumentsPerToken = true };
        var target = new Option<string>("--out") { Description = "File for the envelope (DER); must not exist", Required = true };
        var command = new Command("run", "Carry out a signed order of recovery; the key leaves only as an envelope.") { directory, order, named, signatures, target };
        command.SetAction(async (parsed, cancel) =>
        {
            if (File.Exists(parsed.GetValue(target)))
            {
                throw new ConfigurationException($"{parsed.GetValue(target)}: exists; nothing was recovered");
            }

            await KmcScope.RunAsync(parsed.Settings(directory), async services =>
            {
                var envelope = await services.GetRequiredService<RecoverKey>().RunAsync(
                    RecoveryOrder.Parse(await File.ReadAllBytesAsync(parsed.GetValue(order)!, cancel)),
                    Target(parsed.GetValue(named)!),
                    [.. parsed.GetValue(signatures)!.Select(f => RecoverySignature.FromPem(File.ReadAllText(f)))],
                    cancel);
                await using var output = new FileStream(parsed.GetValue(target)!, FileMode.CreateNew, FileAccess.Write);
                await output.WriteAsync(envelope.Der, cancel);
                parsed.Say($"Recovered as {envelope.Form}. The RA gets a notice to holder and contact through the CA; call them now, too (docs/operations.md).");
            }, cancel);
            return 0;
        });
        return command;
    }

    // A request is DER; a certificate may be PEM.
    private static byte[] Target(string file) => File.ReadAllBytes(file) is [0x30, ..] and var der ? der : Parts.Read(file).Encoded.ToArray();

    private static RecoverySignature OnToken(RecoveryOrder order, Certificate signer, HsmSettings token)
    {
        try
        {
            using var session = OwnToken.Open(token, p => p.Spki.AsSpan().SequenceEqual(signer.Spki.Span));
            return new(signer, session.Sign(signer.PublicKey.Suite, order.ToOctets()));
        }
        catch (TokenException e)
        {
            throw OwnToken.Problem(token, e);
        }
    }

    private static RecoverySignature InFile(RecoveryOrder order, Certificate signer, string? file, string? passphrase)
    {
        using var key = OpenKey(file, passphrase);
        return RecoverySignature.Sign(order, signer, key);
    }

    internal static SoftwareSigningKey OpenKey(string? file, string? passphrase) => file is not null && passphrase is not null
        ? KeyFile.Read(file, KeyFile.ReadPassphrase(passphrase))
        : throw new ConfigurationException("either --key and --passphrase-file, or --hsm-module and --hsm-token name the key");
}
