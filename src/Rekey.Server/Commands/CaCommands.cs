using System.CommandLine;
using Rekey.Ca.Ceremony;
using Rekey.Ca.Configuration;
using Rekey.Pki.Algorithms;
using Rekey.Pki.Certificates;
using Rekey.Store.Keys;

namespace Rekey.Server.Commands;

/// <summary><c>rekey ca</c>: <c>init</c> here.</summary>
internal static class CaCommands
{
    /// <summary>Kinds of keys that a CA can have.</summary>
    public static readonly string[] Keys = ["RSA-3072", "RSA-4096", "P-256", "P-384", "SM2"];

    public static Command Create()
    {
        var directory = new Option<string>("--dir") { Description = "Directory to make for the CA; must not exist, or be empty", Required = true };
        var organisation = new Option<string>("--organisation") { Description = "Organisation (O) in the names of root and issuing CA", Required = true };
        var country = new Option<string>("--country") { Description = "Country (C), two letters", DefaultValueFactory = _ => "CN" };
        var publisher = new Option<string>("--publisher") { Description = "Address of the publisher, http and without a slash at its end; it stands in every certificate", Required = true };
        var suite = new Option<string>("--key") { Description = "Key of root and issuing CA", DefaultValueFactory = _ => "RSA-3072" };
        suite.AcceptOnlyFromAmong(Keys);
        var zone = new Option<string>("--zone") { Description = "The institution's time zone", DefaultValueFactory = _ => "Asia/Shanghai" };
        var postgres = new Option<string?>("--postgres") { Description = "Connection string of the CA's database; without it an SQLite file is used" };
        var passphrase = new Option<string>("--passphrase-file") { Description = "File (mode 0600) with the passphrase of the service's keys", Required = true };
        var rootPassphrase = new Option<string>("--root-passphrase-file") { Description = "File (mode 0600) with the passphrase of the root's key", Required = true };
        var keep = new Option<bool>("--keep-passphrase") { Description = "Leave the service's passphrase beside its keys, for hosts where nobody types it" };
        var hsm = new HsmOptions("the issuing CA's key is made");
        var init = new Command("init", "Make a new CA: root, issuing CA, service certificates, configuration.")
        {
            directory, organisation, country, publisher, suite, zone, postgres, passphrase, rootPassphrase, keep,
        };
        hsm.AddTo(init);
        init.SetAction(parsed =>
        {
            var key = AlgorithmSuite.All.Single(s => s.Name == parsed.GetValue(suite));
            var settings = new InitialiseCa(TimeProvider.System).Run(new CeremonyOptions
            {
                Directory = parsed.GetValue(directory)!,
                RootSubject = Name(parsed.GetValue(country)!, parsed.GetValue(organisation)!, "Root CA"),
                IssuingSubject = Name(parsed.GetValue(country)!, parsed.GetValue(organisation)!, "Issuing CA"),
                Publisher = parsed.GetValue(publisher)!,
                RootSuite = key,
                IssuingSuite = key,
                Zone = parsed.GetValue(zone)!,
                PostgresConnection = parsed.GetValue(postgres),
                Passphrase = Secret(parsed.GetValue(passphrase)!),
                RootPassphrase = Secret(parsed.GetValue(rootPassphrase)!),
                KeepPassphrase = parsed.GetValue(keep),
                IssuingHsm = hsm.Read(parsed),
            });
            parsed.Say($"Made a CA in {settings.Directory}. Now: move root/ to a safe and ra/ to the RA's host; then rekey migrate.");
            return 0;
        });
        return new Command("ca", "The certification authority.") { init, AddIssuerCommand.Create(), CaServiceCommands.ServiceCertificate(), CaServiceCommands.Revoke(), RootCrlCommand.Create(), FirstAdministratorsCommands.AtCa() };
    }

    /// <summary>Name of a CA: its organisation's with its part behind it.</summary>
    public static DistinguishedName Name(string country, string organisation, string part) => DistinguishedName.Build(
        new NameAttribute(Oids.CountryName, country), new NameAttribute(Oids.OrganizationName, organisation), new NameAttribute(Oids.CommonName, $"{organisation} {part}"));

    /// <summary>A passphrase from its file, long enough to be one.</summary>
    public static string Secret(string file)
    {
        var secret = KeyFile.ReadPassphrase(file);
        return secret.Length >= 12 ? secret : throw new ConfigurationException($"{file}: a passphrase has at least 12 characters");
    }
}
