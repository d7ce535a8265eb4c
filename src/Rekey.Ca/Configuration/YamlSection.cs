using System.Globalization;
using YamlDotNet.Core;
using YamlDotNet.RepresentationModel;

namespace Rekey.Ca.Configuration;

/// <summary>
/// A mapping of a YAML file, read key by key. What is wrong is reported with file, line and field, and <see cref="Done"/> refuses
/// keys that nobody asked for: a misspelt key that is silently ignored is a setting that silently does not hold.
/// </summary>
internal sealed class YamlSection
{
    private readonly string file;
    private readonly string path;
    private readonly YamlMappingNode node;
    private readonly YamlSection? defaults;
    private readonly HashSet<string> used = [];

    private YamlSection(string file, string path, YamlMappingNode node, YamlSection? defaults)
    {
        this.file = file;
        this.path = path;
        this.node = node;
        this.defaults = defaults;
    }

    /// <summary>Keys in the order of the file.</summary>
    public IEnumerable<string> Keys => node.Children.Keys.Select(k => ((YamlScalarNode)k).Value!);

    /// <summary>Parses a file's text.</summary>
    /// <param name="file">Its name, for messages.</param>
    /// <param name="text">YAML.</param>
    public static YamlSection Parse(string file, string text)
    {
        var stream = new YamlStream();
        try
        {
            stream.Load(new StringReader(text));
        }
        catch (YamlException e)
        {
            throw new ConfigurationException($"{file}:{e.Start.Line}: {e.Message}", e);
        }

        return stream.Documents is [{ RootNode: YamlMappingNode root }]
            ? Checked(file, "", root, null)
            : throw new ConfigurationException($"{file}:1: one mapping of keys and values is expected");
    }

    /// <summary>Reads and parses a file.</summary>
    public static YamlSection Load(string file)
    {
        try
        {
            return Parse(file, File.ReadAllText(file));
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new ConfigurationException($"{file}: {e.Message}", e);
        }
    }

    /// <summary>The same mapping, looking into another one for keys that it lacks.</summary>
    public YamlSection WithDefaults(YamlSection? fallback) => new(file, path, node, fallback);

    /// <summary>Whether the mapping itself (not its defaults) has the key.</summary>
    public bool Has(string key) => Lookup(key, own: true) is not null;

    /// <summary>A nested mapping; null when absent.</summary>
    public YamlSection? Section(string key)
    {
        if (Lookup(key) is not var (where, value))
        {
            return null;
        }

        return value is YamlMappingNode mapping
            ? Checked(file, where.Name(key), mapping, null)
            : throw where.Wrong(key, value, "a mapping is expected");
    }

    /// <summary>A list of mappings; empty when absent.</summary>
    public IReadOnlyList<YamlSection> Sections(string key) => Items(key)
        .Select((n, i) => n is YamlMappingNode m ? Checked(file, $"{Name(key)}[{i + 1}]", m, null) : throw Wrong(key, n, "a list of mappings is expected"))
        .ToList();

    /// <summary>A text; must be there unless there is a default.</summary>
    public string Text(string key, string? otherwise = null) => OptionalText(key) ?? otherwise ?? throw Missing(key);

    /// <summary>A text, or null when absent.</summary>
    public string? OptionalText(string key) => Lookup(key) is not var (where, value) ? null
        : value is YamlScalarNode { Value: { Length: > 0 } text } ? text
        : throw where.Wrong(key, value, "a text is expected");

    /// <summary>A list of texts; null when absent and not required.</summary>
    public IReadOnlyList<string>? Texts(string key, bool required = false)
    {
        if (Lookup(key) is null)
        {
            return required ? throw Missing(key) : null;
        }

        return Items(key).Select(n => n is YamlScalarNode { Value: { Length: > 0 } text } ? text : throw Wrong(key, n, "a list of texts is expected")).ToList();
    }

    /// <summary>A whole number within limits; must be there unless there is a default.</summary>
    public int Number(string key, int least, int most, int? otherwise = null)
    {
        if (OptionalText(key) is not { } text)
        {
            return otherwise ?? throw Missing(key);
        }

        return int.TryParse(text, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out var number) && number >= least && number <= most
            ? number
            : throw Wrong(key, $"\"{text}\" is not a whole number from {least} to {most}");
    }

    /// <summary>true or false.</summary>
    public bool Flag(string key, bool otherwise) => OptionalText(key) switch
    {
        null => otherwise,
        "true" => true,
        "false" => false,
        var text => throw Wrong(key, $"\"{text}\" is not true or false"),
    };

    /// <summary>One of named values.</summary>
    public T Choice<T>(string key, IReadOnlyDictionary<string, T> choices, string? otherwise = null)
    {
        var text = Text(key, otherwise);
        return choices.TryGetValue(text, out var value) ? value : throw NotOneOf(key, text, choices.Keys);
    }

    /// <summary>A list of named values.</summary>
    public IReadOnlyList<T> Choices<T>(string key, IReadOnlyDictionary<string, T> choices, bool required = false) =>
        (Texts(key, required) ?? []).Select(t => choices.TryGetValue(t, out var value) ? value : throw NotOneOf(key, t, choices.Keys)).ToList();

    /// <summary>Refuses keys that were not asked for.</summary>
    public void Done()
    {
        foreach (var (key, _) in node.Children)
        {
            var name = ((YamlScalarNode)key).Value!;
            if (!used.Contains(name))
            {
                throw new ConfigurationException($"{file}:{key.Start.Line}: {Name(name)}: unknown key; known here: {string.Join(", ", used.Order())}");
            }
        }
    }

    /// <summary>An error about a key's value.</summary>
    public ConfigurationException Wrong(string key, string what) =>
        Lookup(key) is var (where, value) ? where.Wrong(key, value, what) : new($"{file}:{node.Start.Line}: {Name(key)}: {what}");

    private static YamlSection Checked(string file, string path, YamlMappingNode node, YamlSection? defaults)
    {
        foreach (var key in node.Children.Keys)
        {
            if (key is not YamlScalarNode { Value: not null })
            {
                throw new ConfigurationException($"{file}:{key.Start.Line}: {path}: a key must be a text");
            }
        }

        return new(file, path, node, defaults);
    }

    private ConfigurationException Missing(string key) => new($"{file}:{node.Start.Line}: {Name(key)}: is missing");

    private ConfigurationException NotOneOf(string key, string text, IEnumerable<string> choices) =>
        Wrong(key, $"\"{text}\" is not one of {string.Join(", ", choices)}");

    private ConfigurationException Wrong(string key, YamlNode value, string what) => new($"{file}:{value.Start.Line}: {Name(key)}: {what}");

    private string Name(string key) => path.Length == 0 ? key : $"{path}.{key}";

    private IEnumerable<YamlNode> Items(string key) => Lookup(key) is not var (where, value) ? []
        : value is YamlSequenceNode list ? list.Children
        : throw where.Wrong(key, value, "a list is expected");

    private (YamlSection Where, YamlNode Value)? Lookup(string key, bool own = false)
    {
        used.Add(key);
        defaults?.used.Add(key); // a default that every profile overrides is still a key that exists
        return node.Children.TryGetValue(new YamlScalarNode(key), out var value) ? (this, value)
            : own ? null
            : defaults?.Lookup(key);
    }
}
