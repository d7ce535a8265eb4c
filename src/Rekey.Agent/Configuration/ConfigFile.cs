using System.Security.Cryptography.X509Certificates;
using System.Text.Json;
using Rekey.Contract.Problems;
using Rekey.Pki.Certificates;
using Rekey.Pki.Cmp;

namespace Rekey.Agent.Configuration;

/// <summary>A configuration that was read and found usable; all paths are absolute.</summary>
/// <param name="File">Where it came from.</param>
/// <param name="Config">What it says.</param>
/// <param name="Trust">Its trust anchors.</param>
/// <param name="TlsAnchors">CAs of the sites' TLS certificates, in addition to the system's.</param>
internal sealed record LoadedConfig(string File, AgentConfig Config, CmpTrust Trust, IReadOnlyList<X509Certificate2> TlsAnchors);

/// <summary>Reads the configuration. Whatever is wrong is one problem that names file and key; nothing is guessed.</summary>
internal static class ConfigFile
{
    /// <summary>Where the configuration is unless the command line says otherwise.</summary>
    public static string DefaultPath { get; } = OperatingSystem.IsWindows()
        ? Path.Combine(Environment.GetFolderPath(Environment.SpecialFolder.CommonApplicationData), "Rekey", "agent.json")
        : "/etc/rekey/agent.json";

    /// <summary>Reads and checks a configuration and the files that it names.</summary>
    /// <exception cref="ProblemException"><see cref="Problems.AgentMisconfigured"/>.</exception>
    public static LoadedConfig Load(string path)
    {
        path = Path.GetFullPath(path);
        var (content, owner) = Read(path, "cannot be read");
        var config = Parse(path, content);
        CheckOrigins(path, config, owner);
        var directory = Path.GetDirectoryName(path)!;
        var modules = (config.Modules ?? []).Select(m => m with { Library = Path.GetFullPath(m.Library, directory) }).ToList();
        return new(
            path,
            config with { Modules = modules, Pinentry = Absolute(config.Pinentry), Browser = Absolute(config.Browser) },
            Parsed(path, "trustAnchors", () => CmpTrust.FromPem(ReadAnchors(path, "trustAnchors", config.TrustAnchors, directory, owner))),
            config.TlsAnchors is not { Count: > 0 } tls ? [] : Parsed(path, "tlsAnchors", () => TlsAnchors(ReadAnchors(path, "tlsAnchors", tls, directory, owner))));

        string? Absolute(string? program) => program is null ? null : Path.GetFullPath(program, directory);
    }

    private static AgentConfig Parse(string path, byte[] content)
    {
        try
        {
            return JsonSerializer.Deserialize(content, AgentConfigJson.Default.AgentConfig) ?? throw Misconfigured(path, "is empty");
        }
        catch (JsonException e)
        {
            // The message names the unknown or missing key; path and line say where.
            throw Misconfigured(path, $"line {(e.LineNumber ?? 0) + 1}, {e.Path ?? "$"}: {e.Message.Split(" Path:")[0]}", e);
        }
    }

    internal static void CheckOrigins(string path, AgentConfig config, FileOwner owner)
    {
        if (config.Origins.Count == 0)
        {
            throw Misconfigured(path, "origins: none");
        }

        foreach (var (key, origin) in config.Origins.Select(o => ("origins", o)).Concat((config.LoginOrigins ?? []).Select(o => ("loginOrigins", o))))
        {
            if (!Uri.TryCreate(origin, UriKind.Absolute, out var uri) || uri.GetLeftPart(UriPartial.Authority) != origin || uri.Scheme is not ("https" or "http"))
            {
                throw Misconfigured(path, $"{key}: {origin} is not of the form https://host or https://host:port");
            }

            if (!uri.IsLoopback && (uri.Scheme == "http" || owner != FileOwner.Administrator))
            {
                throw Misconfigured(
                    path,
                    uri.Scheme == "http" ? $"{key}: {origin} needs https" : $"{key}: {origin} may only be allowed by a file that the administrator owns");
            }
        }
    }

    private static string ReadAnchors(string path, string key, IReadOnlyList<string> files, string directory, FileOwner owner)
    {
        var pem = new System.Text.StringBuilder();
        foreach (var anchor in files.Select(a => Path.GetFullPath(a, directory)))
        {
            var (content, anchorOwner) = Read(path, $"{key}: {anchor} cannot be read", anchor);
            if (owner == FileOwner.Administrator && anchorOwner != FileOwner.Administrator)
            {
                throw Misconfigured(path, $"{key}: {anchor} must belong to the administrator, as this file does");
            }

            pem.AppendLine(System.Text.Encoding.UTF8.GetString(content));
        }

        return pem.ToString();
    }

    private static X509Certificate2[] TlsAnchors(string pem) => Certificate.FromPem(pem) is { Count: > 0 } read
        ? [.. read.Select(c => X509CertificateLoader.LoadCertificate(c.Encoded.Span))]
        : throw new MalformedException("no certificate");

    private static T Parsed<T>(string path, string key, Func<T> parse)
    {
        try
        {
            return parse();
        }
        catch (MalformedException e)
        {
            throw Misconfigured(path, $"{key}: {e.Message}", e);
        }
    }

    private static (byte[] Content, FileOwner Owner) Read(string config, string failure, string? file = null)
    {
        try
        {
            using var stream = new FileStream(file ?? config, FileMode.Open, FileAccess.Read);
            var owner = FileTrust.Judge(stream.SafeFileHandle, isInstalled: config == DefaultPath, out var fault);
            if (fault is not null)
            {
                throw Misconfigured(config, file is null ? fault : $"{file} {fault}");
            }

            using var content = new MemoryStream();
            stream.CopyTo(content);
            return (content.ToArray(), owner);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw Misconfigured(config, failure, e);
        }
    }

    private static ProblemException Misconfigured(string path, string reason, Exception? inner = null) => new(Problems.AgentMisconfigured(path, reason), inner);
}
