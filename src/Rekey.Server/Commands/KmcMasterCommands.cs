using System.CommandLine;
using System.Globalization;
using System.Security.Cryptography;
using Rekey.Ca.Configuration;
using Rekey.Contract.Problems;
using Rekey.Kmc.Custody;
using Rekey.Kmc.Master;
using Rekey.Pki.Algorithms;
using Rekey.Server.Serving;
using Rekey.Store.Keys;
using Rekey.Tokens;
using Rekey.Tokens.Hsm;

namespace Rekey.Server.Commands;

/// <summary>The master of the key-management centre: <c>rotate-master</c>, its split backup, and its restoration.</summary>
internal static class KmcMasterCommands
{
    public static Command Rotate()
    {
        var directory = CommonOptions.Directory();
        var command = new Command("rotate-master", "Bring a new version of the master into force and move all keys to it; goes on where it was interrupted.") { directory };
        command.SetAction(async (parsed, cancel) =>
        {
            await KmcScope.RunAsync(parsed.Settings(directory), async services =>
            {
                var rotation = await services.GetRequiredService<RotateMaster>().RunAsync(CaScope.Actor, cancel);
                parsed.Say($"Master version {rotation.Version} is in force; {rotation.Moved} keys were moved to it.");
                parsed.Say(rotation.IsComplete
                    ? "The earlier version is needed for earlier backups only: move its file to the safe, and split the new one (rekey kmc split-master)."
                    : "A key was made under the earlier version meanwhile; run it again.");
            }, cancel);
            return 0;
        });
        return command;
    }

    public static Command Split()
    {
        var directory = CommonOptions.Directory();
        var target = new Option<string>("--out") { Description = "Directory for the shares; made when missing", Required = true };
        var command = new Command("split-master", "Split the master among the custodians; each share is encrypted for one of them.") { directory, target };
        command.SetAction(async (parsed, cancel) =>
        {
            var settings = parsed.Settings(directory);
            if (settings.Needed(settings.Kmc, "kmc").Custodians.Count == 0)
            {
                throw new ConfigurationException($"{Path.Combine(settings.Directory, "rekey.yaml")}: kmc.recovery.custodians: is missing");
            }

            await KmcScope.RunAsync(settings, async services =>
            {
                var shares = await services.GetRequiredService<SplitMaster>().RunAsync(CaScope.Actor, cancel);
                Directory.CreateDirectory(parsed.GetValue(target)!);
                foreach (var (custodian, share) in shares)
                {
                    var name = string.Create(CultureInfo.InvariantCulture, $"master-{share.Master}.{share.X}.share");
                    await using var output = new StreamWriter(new FileStream(Path.Combine(parsed.GetValue(target)!, name), FileMode.CreateNew, FileAccess.Write));
                    await output.WriteAsync(share.ToPem());
                    parsed.Say($"{name}: for {custodian.Encryption.Subject}");
                }
            }, cancel);
            return 0;
        });
        return command;
    }

    public static Command OpenShare()
    {
        var share = new Option<string>("--share") { Description = "The custodian's share", Required = true };
        var key = new Option<string?>("--key") { Description = "The custodian's encryption key, where it is in an encrypted file" };
        var passphrase = new Option<string?>("--passphrase-file") { Description = "File (mode 0600) with the passphrase of that file" };
        var token = new HsmOptions("the custodian's encryption key is", typed: true);
        var recipient = new Option<string>("--to") { Description = "Public key of the host that restores (rekey kmc restore-key), PEM", Required = true };
        var target = new Option<string>("--out") { Description = "File to write; must not exist", Required = true };
        var command = new Command("open-share", "A custodian passes a share on to the host that restores the master; the custodian's own token opens it.") { share, key, passphrase, recipient, target };
        token.AddTo(command);
        command.SetAction(parsed =>
        {
            var pem = File.ReadAllText(parsed.GetValue(recipient)!);
            var host = PemEncoding.TryFind(pem, out var fields) && pem[fields.Label] == "PUBLIC KEY"
                ? PublicKey.FromSpki(Convert.FromBase64String(pem[fields.Base64Data]))
                : throw new ConfigurationException($"{parsed.GetValue(recipient)}: is no public key (PEM)");
            if (File.Exists(parsed.GetValue(target)))
            {
                throw new ConfigurationException($"{parsed.GetValue(target)}: exists; the share was not opened");
            }

            var read = MasterShare.FromPem(File.ReadAllText(parsed.GetValue(share)!));
            var passedOn = read.PassOn(s => token.Read(parsed) is { } own ? OnToken(s, own) : InFile(s, parsed.GetValue(key), parsed.GetValue(passphrase)), host);
            Write(parsed.GetValue(target)!, passedOn.ToPem());
            parsed.Say($"Share {read.X} of master version {read.Master} is passed on; {read.Threshold} of them give it back.");
            return 0;
        });
        return command;
    }

    public static Command RestoreKey()
    {
        var target = new Option<string>("--out") { Description = "Names of the files: NAME.key and NAME.pub", Required = true };
        var passphrase = new Option<string>("--passphrase-file") { Description = "File (mode 0600) with a passphrase for the key", Required = true };
        var command = new Command("restore-key", "On the host that restores: a key for this once, to which custodians pass their shares on.") { target, passphrase };
        command.SetAction(parsed =>
        {
            using var key = SoftwareSigningKey.Generate(AlgorithmSuite.Rsa3072);
            KeyFile.Write($"{parsed.GetValue(target)}.key", key, KeyFile.ReadPassphrase(parsed.GetValue(passphrase)!));
            Write($"{parsed.GetValue(target)}.pub", PemEncoding.WriteString("PUBLIC KEY", key.PublicKey.Spki.Span) + "\n");
            return 0;
        });
        return command;
    }

    public static Command Restore()
    {
        var directory = CommonOptions.Directory();
        var shares = new Option<string[]>("--share") { Description = "Shares that custodians passed on to this host", Required = true, AllowMultipleArgumentsPerToken = true };
        var key = new Option<string>("--key") { Description = "The key of rekey kmc restore-key; remove it afterwards", Required = true };
        var passphrase = new Option<string>("--passphrase-file") { Description = "File (mode 0600) with its passphrase", Required = true };
        var command = new Command("restore-master", "Put a version of the master together from the custodians' shares and back into its place.") { directory, shares, key, passphrase };
        command.SetAction(parsed =>
        {
            var settings = parsed.Settings(directory);
            using var host = KmcRecoveryCommands.OpenKey(parsed.GetValue(key), parsed.GetValue(passphrase));
            var read = parsed.GetValue(shares)!.Select(f => MasterShare.FromPem(File.ReadAllText(f))).ToList();
            var master = MasterShare.Combine(read, host);
            try
            {
                KmcParts.Safe(settings.Needed(settings.Kmc, "kmc")).Write(read[0].Master, master);
            }
            finally
            {
                CryptographicOperations.ZeroMemory(master);
            }

            parsed.Say($"Master version {read[0].Master} is back. Remove {parsed.GetValue(key)} and the shares that were passed on.");
            return 0;
        });
        return command;
    }

    private static byte[] OnToken(MasterShare share, HsmSettings token)
    {
        try
        {
            using var session = OwnToken.Open(token, p => p.Spki is { } spki && SHA256.HashData(spki).AsSpan().SequenceEqual(share.RecipientSha256));
            return session.Decrypt(share.Encrypted);
        }
        catch (TokenException e) when (e.Fault is TokenFault.PairMissing or TokenFault.EnvelopeRefused or TokenFault.NotSupported or TokenFault.Driver)
        {
            throw new ProblemException(Problems.ShareNotOpened(e.Message), e);
        }
        catch (TokenException e)
        {
            throw OwnToken.Problem(token, e);
        }
    }

    private static byte[] InFile(MasterShare share, string? key, string? passphrase)
    {
        using var custodian = KmcRecoveryCommands.OpenKey(key, passphrase);
        try
        {
            return share.Open(custodian);
        }
        catch (CryptographicException e)
        {
            throw new ProblemException(Problems.ShareNotOpened(e.Message), e);
        }
    }

    private static void Write(string file, string text)
    {
        using var output = new StreamWriter(new FileStream(file, FileMode.CreateNew, FileAccess.Write));
        output.Write(text);
    }
}
