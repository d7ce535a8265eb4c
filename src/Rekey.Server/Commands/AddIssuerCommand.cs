using System.CommandLine;
using System.Text.RegularExpressions;
using Rekey.Ca.Ceremony;
using Rekey.Ca.Configuration;
using Rekey.Pki.Algorithms;

namespace Rekey.Server.Commands;

/// <summary><c>rekey ca add-issuer</c>.</summary>
internal static partial class AddIssuerCommand
{
    public static Command Create()
    {
        var directory = CaServiceCommands.Directory();
        var name = new Option<string>("--name") { Description = "Its name in profiles, files and addresses, for example sm2", Required = true };
        var suite = new Option<string>("--key") { Description = "Key of the new root and the issuing CA below it", Required = true };
        suite.AcceptOnlyFromAmong(CaCommands.Keys);
        var organisation = new Option<string>("--organisation") { Description = "Organisation (O) in their names", Required = true };
        var country = new Option<string>("--country") { Description = "Country (C), two letters", DefaultValueFactory = _ => "CN" };
        var publisher = new Option<string>("--publisher") { Description = "Address of the publisher, as rekey ca init had it", Required = true };
        var passphrase = new Option<string>("--passphrase-file") { Description = "File (mode 0600) with the passphrase of the service's keys: the one that they have already", Required = true };
        var rootPassphrase = new Option<string>("--root-passphrase-file") { Description = "File (mode 0600) with the passphrase of the new root's key", Required = true };
        var hsm = new HsmOptions("the issuing CA's key is made");
        var command = new Command("add-issuer", "Make a further root with an issuing CA below it, for example an SM2 one beside an RSA one. Changes no file that is there.")
        {
            directory, name, suite, organisation, country, publisher, passphrase, rootPassphrase,
        };
        hsm.AddTo(command);
        command.SetAction(parsed =>
        {
            var called = parsed.GetValue(name)!;
            if (!Name().IsMatch(called))
            {
                throw new ConfigurationException($"--name \"{called}\": small letters, digits and hyphens, at most 32");
            }

            var key = AlgorithmSuite.All.Single(s => s.Name == parsed.GetValue(suite));
            var (issuer, anchor) = new AddIssuer(TimeProvider.System).Run(new CeremonyOptions
            {
                Directory = CaScope.Settings(parsed.GetValue(directory)!).Directory,
                RootName = $"{called}-root",
                IssuerName = called,
                RootSubject = CaCommands.Name(parsed.GetValue(country)!, parsed.GetValue(organisation)!, $"{key} Root CA"),
                IssuingSubject = CaCommands.Name(parsed.GetValue(country)!, parsed.GetValue(organisation)!, $"{key} Issuing CA"),
                Publisher = parsed.GetValue(publisher)!,
                RootSuite = key,
                IssuingSuite = key,
                Passphrase = CaCommands.Secret(parsed.GetValue(passphrase)!),
                RootPassphrase = CaCommands.Secret(parsed.GetValue(rootPassphrase)!),
                IssuingHsm = hsm.Read(parsed),
            });
            parsed.Say($"Made. Now write into ca.yaml, under anchors: {anchor}; and under issuers:\n\n{issuer}\nname it in profiles.yaml (issuer: {called}), "
                + $"move root/{called}-root.key to the safe, and restart.");
            return 0;
        });
        return command;
    }

    [GeneratedRegex("^[a-z0-9][a-z0-9-]{0,31}$")]
    private static partial Regex Name();
}
