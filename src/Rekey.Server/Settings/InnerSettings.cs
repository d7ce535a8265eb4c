using Rekey.Ca.Configuration;

namespace Rekey.Server.Settings;

/// <summary>Certificate and key of a service, in files.</summary>
/// <param name="Certificate">PEM; CA certificates after it are sent along.</param>
/// <param name="Key">Encrypted PKCS#8, PEM.</param>
/// <param name="Passphrase">Its passphrase.</param>
internal sealed record IdentityFiles(string Certificate, string Key, Passphrase Passphrase)
{
    /// <summary>Reads <c>certificate</c>, <c>key</c> and <c>passphraseFile</c>, which may be missing: then it is asked for.</summary>
    public static IdentityFiles Read(YamlSection s, string name, string directory)
    {
        var key = Path.Combine(directory, s.Text("key"));
        return new(Path.Combine(directory, s.Text("certificate")), key, Passphrase.Of(s, name, directory, key));
    }
}

/// <summary>The listener for other hosts of the institution: mutual TLS, never reachable from outside.</summary>
/// <param name="Listen">Its address, https.</param>
/// <param name="Identity">Its certificate and key.</param>
internal sealed record InnerSettings(Uri Listen, IdentityFiles Identity)
{
    public static InnerSettings? Read(YamlSection file, string directory)
    {
        if (file.Section("inner") is not { } s)
        {
            return null;
        }

        var listen = Addresses.Https(s, "listen", s.Text("listen"));
        var identity = IdentityFiles.Read(s, "inner", directory);
        s.Done();
        return new(listen, identity);
    }
}

/// <summary>A part on another host: the CA as the RA reaches it, the key-management centre as the CA does.</summary>
/// <param name="Address">Its inner listener.</param>
/// <param name="Trust">PEM of the root that its TLS certificate must lead to.</param>
internal sealed record UpstreamSettings(Uri Address, string Trust)
{
    public static UpstreamSettings? Read(YamlSection file, string key, string directory)
    {
        if (file.Section(key) is not { } s)
        {
            return null;
        }

        var upstream = new UpstreamSettings(Addresses.Https(s, "address", s.Text("address")), Path.Combine(directory, s.Text("trust")));
        s.Done();
        return upstream;
    }
}

/// <summary>A publisher on a host of its own.</summary>
/// <param name="Directory">Where it keeps CRLs.</param>
/// <param name="Issuers">PEM files of the CAs whose statuses and CRLs it publishes, by the names that they have in <c>ca.yaml</c>.</param>
/// <param name="Anchors">PEM files of roots, by name.</param>
/// <param name="Pushers">PEM files of the TLS certificates that may push: those of the CA's hosts.</param>
/// <param name="Ocsp">Its own OCSP signer, for requests with a nonce; null: nonces are ignored.</param>
internal sealed record PublisherSettings(
    string Directory, IReadOnlyDictionary<string, string> Issuers, IReadOnlyDictionary<string, string> Anchors, IReadOnlyList<string> Pushers, IdentityFiles? Ocsp)
{
    public static PublisherSettings? Read(YamlSection file, string directory)
    {
        if (file.Section("publisher") is not { } s)
        {
            return null;
        }

        var ocsp = s.Section("ocsp");
        var publisher = new PublisherSettings(
            Path.Combine(directory, s.Text("directory", "published")),
            Files(s, "issuers", directory),
            Files(s, "anchors", directory),
            s.Texts("pushers", required: true)!.Select(p => Path.Combine(directory, p)).ToList(),
            ocsp is null ? null : IdentityFiles.Read(ocsp, "publisher.ocsp", directory));
        ocsp?.Done();
        s.Done();
        return publisher;
    }

    private static Dictionary<string, string> Files(YamlSection s, string key, string directory)
    {
        var list = s.Section(key) ?? throw s.Wrong(key, "is missing");
        var files = list.Keys.ToDictionary(name => name, name => Path.Combine(directory, list.Text(name)));
        list.Done();
        return files.Count > 0 ? files : throw s.Wrong(key, "has no certificate");
    }
}

/// <summary>Addresses in settings.</summary>
internal static class Addresses
{
    /// <summary>Scheme, host and port, and nothing behind them.</summary>
    public static Uri Read(YamlSection s, string key, string value) =>
        Uri.TryCreate(value, UriKind.Absolute, out var uri) && uri.Scheme is "http" or "https" && uri.PathAndQuery == "/"
            ? uri : throw s.Wrong(key, $"\"{value}\" is not scheme, host and port");

    /// <summary>The same with https: hosts of the institution talk to each other in no other way.</summary>
    public static Uri Https(YamlSection s, string key, string value) =>
        Read(s, key, value) is { Scheme: "https" } uri ? uri : throw s.Wrong(key, $"\"{value}\" must be https");
}
